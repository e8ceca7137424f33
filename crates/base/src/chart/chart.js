"use strict";
// What follows the pointer and the keys, and zoom. The charts are whole without it. No text becomes markup: textContent only.
(() => {
  const charts = [];

  // Every chart over time shows the same part: places of the plot, or nothing for the whole.
  const zoom = (part) => {
    for (const chart of charts) if (chart.isTime) chart.look(part);
  };

  const prepare = (svg) => {
    const figure = svg.parentNode, plot = svg.querySelector(".plot");
    const hair = plot.querySelector(".hair"), drag = plot.querySelector(".drag");
    const [, above, whole, high] = plot.getAttribute("viewBox").split(" ").map(Number);
    const left = Number(plot.getAttribute("x")), inner = Number(plot.getAttribute("width"));
    const wide = Number(svg.getAttribute("viewBox").split(" ")[2]);
    const xs = plot.dataset.x.split(" ").map(Number), names = plot.dataset.names.split("\n");
    const lines = [...plot.querySelectorAll(".line")];
    const values = lines.map((line) => [line.dataset.name, line.dataset.values.split("\n")]);
    const isTime = svg.classList.contains("time");
    let from = 0, until = whole, near = -1, start = null;

    // The browser shows a title over its drawing, where the words below are to be.
    const title = svg.querySelector(":scope > title");
    svg.setAttribute("aria-label", title.textContent);
    title.remove();
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("role", "status");
    tip.hidden = true;
    figure.append(tip);

    // The plot's edges on the screen.
    const edges = () => {
      const box = svg.getBoundingClientRect(), scale = box.width / wide;
      return { box, at: box.left + left * scale, wide: inner * scale };
    };
    const place = (event) => {
      const edge = edges(), share = (event.clientX - edge.at) / edge.wide;
      return from + Math.min(Math.max(share, 0), 1) * (until - from);
    };
    const isSeen = (at) => xs[at] >= from && xs[at] <= until;
    const nearest = (x) => {
      let best = -1;
      xs.forEach((one, at) => {
        if (isSeen(at) && (best < 0 || Math.abs(one - x) < Math.abs(xs[best] - x))) best = at;
      });
      return best;
    };
    const hide = () => { near = -1; tip.hidden = true; hair.classList.remove("on"); };
    const show = (at, clientY) => {
      if (at < 0) return;
      near = at;
      hair.setAttribute("x1", xs[at]);
      hair.setAttribute("x2", xs[at]);
      hair.classList.add("on");
      tip.textContent = [names[at], ...values.map(([name, all]) => name + "  " + all[at])].join("\n");
      tip.hidden = false;
      const edge = edges(), outer = figure.getBoundingClientRect();
      const x = edge.at + edge.wide * (xs[at] - from) / (until - from) - outer.left - figure.clientLeft;
      const y = (clientY === undefined ? edge.box.top + 30 : clientY) - outer.top - figure.clientTop;
      const inside = (value, most) => Math.max(4, Math.min(value, most - 4)) + "px";
      const side = x > figure.clientWidth / 2 ? -tip.offsetWidth - 12 : 12;
      tip.style.left = inside(x + side, figure.clientWidth - tip.offsetWidth);
      tip.style.top = inside(y - tip.offsetHeight / 2, figure.clientHeight - tip.offsetHeight);
    };

    const look = (part) => {
      hide();
      [from, until] = part || [0, whole];
      plot.setAttribute("viewBox", `${from} ${above} ${until - from} ${high}`);
      svg.classList.toggle("zoomed", Boolean(part));
      svg.querySelector(".end.from").textContent = part ? names[nearest(from)] : "";
      svg.querySelector(".end.until").textContent = part ? names[nearest(until)] : "";
    };
    // From the point nearest to where the mouse went down to the one nearest to where it is.
    const chosen = (event) => [xs[nearest(start)], xs[nearest(place(event))]].sort((a, b) => a - b);

    svg.addEventListener("pointerdown", (event) => {
      // A finger points and scrolls; a mouse can draw a frame as well.
      if (isTime && event.pointerType === "mouse" && event.button === 0) {
        start = place(event);
        svg.setPointerCapture(event.pointerId);
      }
      show(nearest(place(event)), event.clientY);
    });
    svg.addEventListener("pointermove", (event) => {
      show(nearest(place(event)), event.clientY);
      if (start === null) return;
      const [first, last] = chosen(event);
      drag.setAttribute("x", first);
      drag.setAttribute("width", last - first);
      drag.classList.add("on");
    });
    svg.addEventListener("pointerup", (event) => {
      const part = start === null ? null : chosen(event);
      drag.classList.remove("on");
      start = null;
      // A click is no frame, and neither is a hand that shook.
      if (part && part[1] - part[0] > (until - from) / 50) zoom(part);
    });
    svg.addEventListener("pointercancel", () => { start = null; drag.classList.remove("on"); });
    svg.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
    svg.addEventListener("dblclick", () => { if (isTime) zoom(null); });
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) {
        const next = near < 0 ? nearest(step > 0 ? from : until) : near + step;
        if (isSeen(next)) show(next);
        event.preventDefault();
      } else if (event.key === "Escape") {
        hide();
        if (isTime) zoom(null);
      }
    });
    charts.push({ isTime, look });
  };

  document.querySelectorAll("figure.chart > svg[tabindex]").forEach(prepare);
  document.querySelectorAll(".hint").forEach((hint) => { hint.hidden = !charts.some((chart) => chart.isTime); });
})();
