// Put into every page before anything else: when what it is for stands there, and how long what one does takes.
//
// `shown` is when a frame began after the one in which it is there: it was painted by then. That is up to a frame, 17 ms,
// too late.
(() => {
  const PATIENCE = 20_000;
  const painted = (then) => requestAnimationFrame(() => requestAnimationFrame(() => then(performance.now())));

  const timing = { ready: null };
  new PerformanceObserver((list) => {
    if (list.getEntriesByName("drainwatch:ready").length) painted((now) => (timing.ready ??= now));
  }).observe({ type: "mark", buffered: true });

  // From the next event of this kind to the first frame after it, and to the one that shows what `there` looks for.
  timing.watch = (kind, there) => {
    timing.result = new Promise((done, failed) => {
      setTimeout(() => failed(new Error(`After ${kind} there never was ${there}`)), PATIENCE);
      addEventListener(
        kind,
        (event) => {
          const begin = event.timeStamp;
          let next = null;
          painted((now) => (next = now - begin));
          const look = () => {
            if (next !== null && there()) painted((now) => done({ next, shown: now - begin }));
            else requestAnimationFrame(look);
          };
          // What is there at once is seen in the first frame.
          requestAnimationFrame(() => {
            if (there()) painted((now) => done({ next: now - begin, shown: now - begin }));
            else look();
          });
        },
        { capture: true, once: true },
      );
    });
  };

  // For what leads to another page.
  timing.leave = (kind) =>
    addEventListener(kind, (event) => sessionStorage.setItem("left", performance.timeOrigin + event.timeStamp), {
      capture: true,
      once: true,
    });
  timing.arrived = (there) =>
    new Promise((done, failed) => {
      setTimeout(() => failed(new Error(`There never was ${there}`)), PATIENCE);
      const look = () => {
        if (there()) painted((now) => done(performance.timeOrigin + now - Number(sessionStorage.getItem("left"))));
        else requestAnimationFrame(look);
      };
      look();
    });
  window.timing = timing;
})();
