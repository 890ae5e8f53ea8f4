/* Puts a button at each box of code that copies what is in it. Without this script nothing is missing. */
(() => {
  'use strict';
  // Browsers give a page the clipboard only where it comes over TLS, or from the machine itself.
  if (!navigator.clipboard) return;

  const status = document.createElement('p');
  status.className = 'unseen';
  status.setAttribute('role', 'status');
  document.querySelector('main').append(status);

  for (const box of document.querySelectorAll('main pre')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      const said = await navigator.clipboard.writeText(box.textContent).then(() => 'Copied', () => 'Not copied');
      button.textContent = said;
      status.textContent = said;
      setTimeout(() => {
        button.textContent = 'Copy';
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
