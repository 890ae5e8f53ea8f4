/* Puts a button at each box of code, and at each field with `data-copy`, that copies what is in it. Without this script
   nothing is missing. */
(() => {
  'use strict';
  // Browsers give a page the clipboard only where it comes over TLS, or from the machine itself.
  if (!navigator.clipboard) return;

  const words = document.body.dataset;
  const status = document.createElement('p');
  status.className = 'unseen';
  status.setAttribute('role', 'status');
  document.querySelector('main').append(status);

  for (const box of document.querySelectorAll('main pre, main input[data-copy]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = words.copy;
    button.addEventListener('click', async () => {
      const text = box.value ?? box.textContent;
      const said = await navigator.clipboard.writeText(text).then(() => words.copied, () => words.notCopied);
      button.textContent = said;
      status.textContent = said;
      setTimeout(() => {
        button.textContent = words.copy;
        status.textContent = '';
      }, 2000);
    });
    const frame = document.createElement('div');
    frame.className = 'code';
    box.before(frame);
    // The text comes first, for those who read in order.
    frame.append(box, button);
  }
})();
