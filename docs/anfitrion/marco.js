/* The frame says how high its content is. */
addEventListener('message', (event) => {
  for (const frame of document.querySelectorAll('iframe[data-origin]')) {
    const known = event.origin === frame.dataset.origin && event.source === frame.contentWindow;
    if (known && event.data.type === 'acervo:height') frame.height = event.data.height;
  }
});
