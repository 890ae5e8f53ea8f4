/* Tells the page around the frame how tall the search is, so that it may give the frame that height. Nothing else. */
(() => {
  'use strict';
  const search = document.querySelector('signpost-search');
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    // The page around may be anybody's; a height is no secret.
    parent.postMessage({ type: 'signpost-height', height }, '*');
  };
  if (search && parent !== window) new ResizeObserver(tell).observe(search);
})();
