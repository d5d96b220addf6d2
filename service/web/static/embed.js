/* Tells the page around the frame how high its content is, now and whenever that changes. */
new ResizeObserver(() => {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  parent.postMessage({ type: 'acervo:height', height }, '*'); // a height is no secret
}).observe(document.documentElement);
