// Put into every page before anything else: when what it is for stands there, and how long what one does takes.
//
// `shown` is when the frame began that comes after the one in which it is there: it was painted by then. That is up to a
// frame, 17 ms, too late.
(() => {
  const PATIENCE = 20_000;
  const next = (then) => requestAnimationFrame(() => then(performance.now()));
  const painted = (then) => requestAnimationFrame(() => next(then));

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
          let first = null;
          painted((now) => (first = now - begin));
          const look = () => {
            if (there()) next((now) => done({ next: first ?? now - begin, shown: now - begin }));
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
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
        const left = Number(sessionStorage.getItem("left"));
        if (there()) next((now) => done(performance.timeOrigin + now - left));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  window.timing = timing;
})();
