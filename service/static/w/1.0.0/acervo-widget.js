/* <acervo-buscador> answers with exact quotes on any page. No dependencies, cookies or storage;
   served as it is written. How to set it up: /widget on the same host. */
(() => {
  const NAME = 'acervo-buscador';
  const SCRIPT = document.currentScript;
  const HOME = new URL('../../', SCRIPT?.src || location).href;
  const WIDTH = 200; // of a snippet, in code points
  const LEAD = 50; // what of it stands before its first mark
  const FILTERS = {
    toolkit: 'toolkit', event: 'event', type: 'document_type', 'doc-language': 'language',
    module: 'module', ods: 'ods', document: 'document',
  };

  const TEXTS = {
    es: {
      label: 'Busque en los materiales de capacitación',
      search: 'Buscar',
      list: 'Sugerencias',
      suggestions: ['# sugerencia', '# sugerencias'],
      none: 'Sin sugerencias para “%”. Pulse Buscar.',
      busy: 'Buscando…',
      error: 'No se pudo conectar. Esto no dice si hay o no material sobre lo que usted pregunta.',
      results: ['# resultado', '# resultados'],
      answer: 'Respuesta',
      missing: 'No encontré una respuesta que pueda citar',
      nearest: 'Este es el material más cercano: puede que no trate de lo que usted pregunta.',
      empty: 'No hay material sobre esto. Pruebe con otras palabras, más generales.',
      meant: '¿Quiso decir %?',
      corrected: 'Se buscó “%”.',
      original: 'Original en %',
      verified: 'Cita verificada palabra por palabra',
      page: 'página %',
      slide: 'diapositiva %',
      all: 'Ver todos los resultados de “%”',
      privacy: 'No usamos cookies ni guardamos quién busca.',
    },
    en: {
      label: 'Search the training materials',
      search: 'Search',
      list: 'Suggestions',
      suggestions: ['# suggestion', '# suggestions'],
      none: 'No suggestions for “%”. Press Search.',
      busy: 'Searching…',
      error: 'Could not connect. This does not tell whether there is material on your question.',
      results: ['# result', '# results'],
      answer: 'Answer',
      missing: 'I found no answer that I can quote',
      nearest: 'This is the closest material: it may not be about your question.',
      empty: 'There is no material on this. Try other, more general words.',
      meant: 'Did you mean %?',
      corrected: 'Searched for “%”.',
      original: 'Original in %',
      verified: 'Quote checked word for word',
      page: 'page %',
      slide: 'slide %',
      all: 'See all results for “%”',
      privacy: 'We use no cookies and do not record who searches.',
    },
    pt: {
      label: 'Pesquise nos materiais de capacitação',
      search: 'Pesquisar',
      list: 'Sugestões',
      suggestions: ['# sugestão', '# sugestões'],
      none: 'Sem sugestões para “%”. Pressione Pesquisar.',
      busy: 'Pesquisando…',
      error: 'Não foi possível conectar. Isto não diz se há ou não material sobre a sua pergunta.',
      results: ['# resultado', '# resultados'],
      answer: 'Resposta',
      missing: 'Não encontrei uma resposta que possa citar',
      nearest: 'Este é o material mais próximo: talvez não trate da sua pergunta.',
      empty: 'Não há material sobre isto. Tente outras palavras, mais gerais.',
      meant: 'Você quis dizer %?',
      corrected: 'Pesquisou-se “%”.',
      original: 'Original em %',
      verified: 'Citação verificada palavra por palavra',
      page: 'página %',
      slide: 'slide %',
      all: 'Ver todos os resultados de “%”',
      privacy: 'Não usamos cookies nem guardamos quem pesquisa.',
    },
    fr: {
      label: 'Cherchez dans les supports de formation',
      search: 'Chercher',
      list: 'Suggestions',
      suggestions: ['# suggestion', '# suggestions'],
      none: 'Aucune suggestion pour « % ». Appuyez sur Chercher.',
      busy: 'Recherche…',
      error: 'Connexion impossible. Cela ne dit pas s’il existe des documents sur votre question.',
      results: ['# résultat', '# résultats'],
      answer: 'Réponse',
      missing: 'Je n’ai trouvé aucune réponse à citer',
      nearest: 'Voici les documents les plus proches : ils traitent peut-être d’autre chose.',
      empty: 'Aucun document sur ce sujet. Essayez des mots plus généraux.',
      meant: 'Vouliez-vous dire % ?',
      corrected: 'Recherche de « % ».',
      original: 'Original en %',
      verified: 'Citation vérifiée mot à mot',
      page: 'page %',
      slide: 'diapositive %',
      all: 'Voir tous les résultats pour « % »',
      privacy: 'Sans cookies ; nous n’enregistrons pas qui cherche.',
    },
  };

  /* Colours follow the page's `color-scheme`, not the system's: a light page gets no dark box. */
  const TOKENS = {
    accent: '#00628f, #74c4ee',
    'on-accent': '#fff, #0e1a24',
    focus: '#14202b, #e9eff3',
    ink: '#14202b, #e9eff3',
    surface: '#fff, #101a22',
    line: '#76838e, #7b8b98',
  };
  const pair = (values) => (CSS.supports('color', 'light-dark(red, red)') ? `light-dark(${values})` : values.split(', ')[0]);
  const SHEET = new CSSStyleSheet();
  SHEET.replaceSync(`
:host { all: initial; color-scheme: inherit; display: block; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; padding: 0; font: inherit; }
.box {
${Object.entries(TOKENS).map(([name, values]) => `--${name}: var(--acervo-${name}, ${pair(values)});`).join('')}
--link: ${pair('var(--accent), color-mix(in srgb, var(--accent) 40%, #fff)')};
--quiet: color-mix(in srgb, var(--ink) 78%, var(--surface));
--pale: color-mix(in srgb, var(--ink) 5%, var(--surface));
padding: 1em;
border: 1px solid color-mix(in srgb, var(--ink) 20%, var(--surface));
border-radius: var(--acervo-radius, 4px);
background: var(--surface);
color: var(--ink);
font: max(16px, 1em)/1.5 var(--acervo-font, system-ui, sans-serif);
overflow-wrap: anywhere;
}
ol, ul { list-style: none; }
a { color: var(--link); }
a, button, label, h3 { font-weight: 600; }
.row { position: relative; display: flex; flex-wrap: wrap; gap: .5em; }
input, button, .panel { border: 2px solid var(--line); border-radius: var(--acervo-radius, 4px); background: var(--surface); color: inherit; }
input { flex: 1 1 8em; min-width: 0; padding: 0 .75em; }
input, button { min-height: 48px; }
button { padding: 0 1em; border-color: var(--accent); background: var(--accent); color: var(--on-accent); cursor: pointer; }
button:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; box-shadow: 0 0 0 8px #ffd23f; }
.panel { position: absolute; z-index: 9; inset: calc(100% + 8px) 0 auto; box-shadow: 0 6px 24px #0003; overflow: hidden; }
.panel > a, [role=option] { padding: .375em .75em; border-left: 4px solid transparent; }
.panel > a { outline-offset: -4px; }
.all, [role=option] { display: flex; align-items: center; gap: 1em; min-height: 44px; line-height: 1.3; }
[role=option] { justify-content: space-between; cursor: pointer; }
[role=option]:hover, .card { background: var(--pale); }
[aria-selected=true] { border-color: var(--link); background: color-mix(in srgb, var(--link) 15%, var(--surface)); }
.foot, .meta, li span, .small { color: var(--quiet); font-size: .875em; }
.foot { margin-top: .5em; min-height: 1.5em; }
.bad { color: ${pair('#a3190f, #ff9d92')}; font-weight: 600; }
[role=status]:not(:empty, .unseen) + p { display: none; }
.unseen { position: absolute; clip-path: inset(50%); }
.results > *, figure, h3 + p, p + p { margin-top: .625em; }
.card { padding: .75em 1em; border-left: 6px solid var(--link); }
.short { font-size: 1.25em; font-weight: 700; line-height: 1.3; }
blockquote { white-space: pre-line; }
blockquote::before { content: "«"; }
blockquote::after { content: "»"; }
:is(:lang(en), :lang(pt))::before { content: "“"; }
:is(:lang(en), :lang(pt))::after { content: "”"; }
blockquote:lang(fr)::before { content: "«\u202f"; }
blockquote:lang(fr)::after { content: "\u202f»"; }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1em; }
.meta > a, li > a { padding: .25em 0; font-size: 1rem; }
[part=original] { padding: 0 .5em; border: 1px solid; border-radius: 4px; }
[part=verified] { color: ${pair('#1e6b34, #86d69b')}; font-weight: 600; }
mark { background: ${pair('#fff0a8, #5f5000')}; color: inherit; }
@media (forced-colors: active) {
[aria-selected=true] { outline: 3px solid Highlight; outline-offset: -3px; }
}`);

  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const key in attributes) if (attributes[key] != null) made.setAttribute(key, attributes[key]);
    made.append(...children.filter(Boolean));
    return made;
  };

  /* The text around its marks, as nodes. Marks count code points, strings UTF-16: hence the array. */
  const snippet = (text, marks) => {
    const points = [...text];
    const piece = (from, to) => points.slice(from, to).join('');
    let start = 0;
    let end = points.length;
    if (end > WIDTH) {
      start = Math.max(0, Math.min((marks[0]?.[0] || 0) - LEAD, end - WIDTH));
      end = start + WIDTH;
      while (start && points[start - 1].trim() && start < end) start++;
      while (end < points.length && points[end].trim() && end > start) end--;
    }
    const nodes = [start && '… '];
    for (const [from, to] of marks) {
      if (from < start || to > end) continue;
      nodes.push(piece(start, from), make('mark', {}, piece(from, to)));
      start = to;
    }
    return [...nodes, piece(start, end), end < points.length && ' …'];
  };

  class AcervoBuscador extends HTMLElement {
    static observedAttributes = ['lang', 'label', 'placeholder', 'accent', ...Object.keys(FILTERS)];
    #options = [];
    #active = -1;
    #request;
    #timer;

    connectedCallback() {
      if (!this.shadowRoot) this.attachShadow({ mode: 'open' });
      this.#build();
      if (this.getAttribute('q')) this.#search(this.input.value = this.getAttribute('q'));
    }

    disconnectedCallback() {
      this.#stop();
    }

    attributeChangedCallback() {
      if (this.shadowRoot) this.#build();
    }

    #build() {
      const attribute = (name) => this.getAttribute(name);
      const fallback = this.querySelector('[name=q]');
      const focused = fallback && fallback === document.activeElement;
      const code = this.closest('[lang]')?.lang.slice(0, 2);
      this.code = TEXTS[code] ? code : 'es';
      const texts = (this.texts = TEXTS[this.code]);
      this.base = (attribute('base') || HOME).replace(/\/?$/, '/');
      this.front = this.base + (this.code === 'es' ? '' : `${this.code}/`);
      this.filters = Object.keys(FILTERS).flatMap((name) => (attribute(name) || '').split(';')
        .map((value) => [FILTERS[name], value.trim()]).filter(([, value]) => value));

      const accent = new CSSStyleSheet();
      if (/^#[\da-f]{6}$/i.test(attribute('accent'))) {
        accent.replaceSync(`:host { --acervo-accent: ${attribute('accent')}; --acervo-on-accent: #fff; }`);
      }
      this.shadowRoot.adoptedStyleSheets = [SHEET, accent];

      this.input = make('input', {
        id: 'q', name: 'q', part: 'input', role: 'combobox', maxlength: 1000, enterkeyhint: 'search',
        autocomplete: 'off', autocapitalize: 'none', placeholder: attribute('placeholder'),
        'aria-autocomplete': 'list', 'aria-controls': 'list', 'aria-expanded': false,
      });
      this.input.value = fallback?.value || '';
      this.list = make('ul', { id: 'list', part: 'listbox', role: 'listbox', 'aria-label': texts.list });
      this.panel = make('div', { class: 'panel', part: 'panel', hidden: '' }, this.list);
      this.form = make('form', { part: 'form', role: 'search', action: this.front },
        make('label', { part: 'label', for: 'q' }, attribute('label') || texts.label),
        make('div', { class: 'row' }, this.input, make('button', { part: 'button' }, texts.search), this.panel),
        ...this.filters.map(([name, value]) => make('input', { type: 'hidden', name, value })));
      this.status = make('p', { part: 'status', role: 'status' });
      this.results = make('div', { class: 'results', part: 'results' });
      this.shadowRoot.replaceChildren(make('div', { class: 'box', part: 'box', lang: this.code }, this.form,
        make('div', { class: 'foot' }, this.status, make('p', { part: 'privacy' }, texts.privacy)), this.results));
      this.#listen();
      if (focused) this.input.focus();
    }

    #listen() {
      this.form.onsubmit = (event) => this.#submit(event);
      this.form.onfocusout = null;
      this.form.addEventListener('focusout', (event) => {
        if (!this.form.contains(event.relatedTarget)) this.#close();
      });
      this.input.oninput = () => this.#typed();
      this.input.onkeydown = (event) => this.#key(event);
      this.panel.onmousedown = (event) => event.preventDefault(); // focus stays in the input
      this.list.onclick = ({ target }) => {
        const at = [...this.list.children].indexOf(target.closest('li'));
        if (at >= 0) this.#choose(this.#options[at]);
      };
    }

    #typed() {
      const text = this.input.value.trim();
      this.#stop();
      this.#close();
      this.#options = [];
      this.#say('');
      if (!text) this.#show();
      if (text.length > 1) this.#timer = setTimeout(() => this.#suggest(text), 180);
    }

    #key(event) {
      const { key } = event;
      const step = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (event.isComposing) return;
      if (step && this.#options.length) {
        const places = this.#options.length + 1; // one of them is what was typed
        this.panel.hidden = false;
        this.#activate(((this.#active + 1 + step + places) % places) - 1);
      } else if (key === 'Enter' && this.#active >= 0) this.#choose(this.#options[this.#active]);
      else if (key === 'Escape' && !this.panel.hidden) this.#close();
      else if (key === 'Escape' && this.input.value) {
        this.input.value = '';
        this.#typed();
      } else {
        if (/Home|End|Left|Right/.test(key)) this.#activate(-1);
        return;
      }
      event.preventDefault();
    }

    async #suggest(text) {
      const { texts } = this;
      try {
        const found = await this.#get('suggest', [['q', text], ['limit', 6]]);
        if (!found) return;
        this.#options = found.suggestions;
        this.list.replaceChildren(...this.#options.map((option, at) => this.#option(option, at)));
        this.panel.replaceChildren(this.list, this.#all(text));
        this.panel.hidden = this.shadowRoot.activeElement !== this.input;
        this.#activate(-1);
        const { length } = this.#options;
        this.#say(length ? this.#counted(texts.suggestions, length) : texts.none.replace('%', () => text), length && 'unseen');
      } catch {
        this.#say(texts.error, 'bad');
      }
    }

    /* A suggestion leads to its document, unless the widget keeps to a part of the collection:
       what is suggested may lie outside. */
    #option(option, at) {
      if (this.filters[0]) option.url = null;
      return make('li', { id: `option-${at}`, part: 'option', role: 'option' }, option.text,
        option.url && this.#place(option));
    }

    #activate(at) {
      const options = [...this.list.children];
      this.#active = at;
      options.forEach((option, place) => option.setAttribute('aria-selected', place === at));
      options[at]?.scrollIntoView({ block: 'nearest' });
      this.input.setAttribute('aria-activedescendant', options[at]?.id || '');
      this.input.setAttribute('aria-expanded', !this.panel.hidden && options.length > 0);
    }

    #choose({ text, url }) {
      this.input.value = text;
      if (!url) this.form.requestSubmit();
      else {
        const link = this.#link({ title: '', url });
        this.#close();
        this.results.append(link);
        link.click();
        link.remove();
      }
    }

    #close() {
      this.panel.hidden = true;
      this.#activate(-1);
    }

    #submit(event) {
      const query = this.input.value.trim();
      if (this.getAttribute('open-in') === 'page' && query) {
        this.#emit('search', { query });
        return;
      }
      event.preventDefault();
      if (query) this.#search(query);
      else this.input.focus();
    }

    async #search(query) {
      const { texts } = this;
      this.#emit('search', { query });
      this.#close();
      this.#options = [];
      this.#say('');
      const slow = setTimeout(() => this.#say(texts.busy), 400);
      try {
        const found = await this.#get('search', [['q', query], ['k', this.getAttribute('limit') || 3], ...this.filters]);
        if (found) this.#answer(query, found);
      } catch {
        this.#say(texts.error, 'bad');
        this.#show(this.#all(query));
        this.#emit('results', { query, total: 0, status: 'error' });
      }
      clearTimeout(slow);
    }

    #answer(query, { answer, hits, total, qid, query: asked, did_you_mean: meant }) {
      const { texts } = this;
      const yes = answer.status === 'found';
      const heading = yes ? texts.answer : texts.missing;
      const title = make('h3', { class: yes ? 'small' : '', tabindex: -1 }, heading);
      const rest = hits.filter((hit) => !answer.citations.some((citation) => citation.passage_id === hit.passage_id));
      this.#show(
        asked.corrected && make('p', {}, texts.corrected.replace('%', () => asked.corrected)),
        meant && this.#meant(meant),
        make('div', { class: 'card', part: 'answer' }, title,
          !yes && make('p', {}, hits[0] ? texts.nearest : texts.empty),
          answer.text && !answer.citations.some(({ quote }) => quote === answer.text) && make('p', { class: 'short' }, answer.text),
          ...answer.citations.map((citation) => this.#quote(citation, hits, qid)),
          ...answer.notices.map((notice) => make('p', { part: 'notice', lang: 'es' }, '⚠ ', notice))),
        rest[0] && make('ol', { part: 'hits' }, ...rest.map((hit) => this.#hit(hit, qid))),
        this.#all(query));
      this.#say(`${heading}. ${this.#counted(texts.results, total)}.`, 'unseen');
      if (matchMedia('(pointer: coarse)').matches) title.focus(); // puts the keyboard away
      this.#emit('results', { query, total, status: answer.status });
    }

    #meant(meant) {
      const [before, after] = this.texts.meant.split('%');
      const button = make('button', { part: 'suggestion' }, before, make('strong', {}, meant), after);
      button.onclick = () => {
        this.input.value = meant;
        this.input.focus();
        this.#search(meant);
      };
      return button;
    }

    #quote(citation, hits, qid) {
      const hit = hits.find((other) => other.document_id === citation.document_id);
      return make('figure', {},
        make('blockquote', { part: 'quote', lang: citation.language }, citation.quote),
        make('figcaption', { class: 'meta' }, this.#link({ ...citation, rank: 0 }, qid),
          this.#place({ ...hit, ...citation }), this.#original(citation),
          make('span', { part: 'verified' }, '✓ ', this.texts.verified)));
    }

    #hit(hit, qid) {
      return make('li', { part: 'hit' }, this.#link(hit, qid),
        make('p', { class: 'meta' }, this.#place(hit), this.#original(hit)),
        make('p', { lang: hit.language }, ...snippet(hit.text, hit.marks)));
    }

    #place({ page, document_type: type }) {
      return page && make('span', {}, this.texts[type === 'slides' ? 'slide' : 'page'].replace('%', page));
    }

    #original({ original, language }) {
      const names = new Intl.DisplayNames(this.code, { type: 'language' });
      return original && make('span', { part: 'original' }, this.texts.original.replace('%', names.of(language)));
    }

    #all(text) {
      const url = `?${new URLSearchParams([['q', text], ...this.filters])}`;
      const link = this.#link({ title: this.texts.all.replace('%', () => text), url });
      link.className = 'all';
      return link;
    }

    #link({ title, url, passage_id: id, rank: pos }, qid) {
      const link = make('a', { href: this.front + url.replace(/^\//, ''), part: 'link' }, title);
      link.onclick = (event) => {
        if (!this.#emit('open', { url: link.href })) event.preventDefault();
        else if (qid) navigator.sendBeacon(`${this.base}api/v1/events`, JSON.stringify({ type: 'click', qid, id, pos }));
      };
      return link;
    }

    #counted(forms, count) {
      return forms[+(count !== 1)].replace('#', count.toLocaleString(this.code));
    }

    #say(text, look) {
      this.status.className = look || '';
      this.status.textContent = text;
    }

    #show(...nodes) {
      this.results.replaceChildren(...nodes.filter(Boolean));
    }

    #emit(name, detail) {
      return this.dispatchEvent(new CustomEvent(`acervo-${name}`, { detail, cancelable: name === 'open', bubbles: true, composed: true }));
    }

    #stop() {
      clearTimeout(this.#timer);
      this.#request?.abort();
      this.#request = null;
    }

    /* The JSON, or null when another request has taken its place; throws when it failed. */
    async #get(path, parameters) {
      this.#stop();
      const request = (this.#request = new AbortController());
      const timer = setTimeout(() => request.abort(), 15000);
      try {
        const response = await fetch(`${this.base}api/v1/${path}?${new URLSearchParams(parameters)}`,
          { signal: request.signal, credentials: 'omit', referrerPolicy: 'no-referrer' });
        if (!response.ok) throw response;
        const found = await response.json();
        return request === this.#request ? found : null;
      } catch (error) {
        if (request === this.#request) throw error;
        return null;
      } finally {
        clearTimeout(timer);
      }
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, AcervoBuscador);

  // For a site that strips unknown tags, <script … data-acervo data-lang="en"> mounts after itself.
  if (SCRIPT?.dataset.acervo != null) {
    const widget = make(NAME, { base: HOME });
    for (const { name, value } of SCRIPT.attributes) if (name.startsWith('data-')) widget.setAttribute(name.slice(5), value);
    SCRIPT.after(widget);
  }
})();
