/* Shows how a job goes on while its page is open. Without this script the page has a link that reads it anew. */
(() => {
  'use strict';
  const box = document.querySelector('[data-job]');
  if (!box || !window.EventSource) return;

  const part = (name) => box.querySelector(`[data-job-${name}]`);
  const number = (value) => value.toLocaleString('en-GB');
  const show = (job) => {
    part('state').textContent = job.state;
    part('done').textContent = number(job.done);
    const bar = part('progress');
    if (bar && job.total) {
      bar.max = job.total;
      bar.value = job.done;
      part('total').textContent = number(job.total);
    }
  };

  const events = new EventSource(`/admin/v1/jobs/${encodeURIComponent(box.dataset.job)}/events`);
  events.addEventListener('message', ({ data }) => {
    const job = JSON.parse(data);
    show(job);
    if (job.state === 'queued' || job.state === 'running') return;
    events.close();
    part('said').textContent = part('said').dataset.ended;
    // The whole page says more of what came of it: the counts, the problems, what to do next.
    location.reload();
  });
  window.addEventListener('pagehide', () => events.close());
})();
