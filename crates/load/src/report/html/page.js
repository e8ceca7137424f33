"use strict";
// Draws the charts of the page from the JSON block beside it. No text becomes markup: textContent only.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const HEIGHT = 190, LEFT = 46, RIGHT = 10, TOP = 20, BOTTOM = 22;

  // The page has an empty <svg>, which knows the name of its own namespace.
  const space = document.getElementById("space").namespaceURI;
  const draw = (parent, tag, attributes, text) => {
    const node = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };
  const make = (parent, tag, style, text) => {
    const node = document.createElement(tag);
    if (style) node.className = style;
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };

  const short = (value) => {
    const size = Math.abs(value);
    if (size >= 1e6) return +(value / 1e6).toPrecision(3) + "M";
    if (size >= 1e4) return +(value / 1e3).toPrecision(3) + "k";
    return String(+value.toPrecision(3));
  };
  const shown = (value, unit) => {
    if (value === null || value === undefined) return "\u2013";
    if (unit === "ms" && value >= 1000) return short(value / 1000) + " s";
    return short(value) + (unit && unit !== "/s" ? " " : "") + unit;
  };
  const clock = (seconds) => {
    const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600), rest = two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
    return hours ? hours + ":" + rest : rest;
  };

  // About `count` round steps from 0 to at least `most`.
  const linear = (most, count) => {
    const raw = (most || 1) / count, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
    const top = Math.ceil((most || 1) / step - 1e-9) * step, ticks = [];
    for (let i = 0; i * step <= top + step / 2; i++) ticks.push(i * step);
    return { ticks, place: (value) => value / top };
  };
  // From the 1, 2 or 5 below the least to the one above the most; whole powers of ten where they span much.
  const log = (least, most) => {
    const round = [];
    for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(most)) + 1; power++) {
      for (const n of [1, 2, 5]) round.push(+(n * 10 ** power).toPrecision(1));
    }
    const low = round.filter((n) => n <= least).pop(), high = round.find((n) => n >= most && n > low);
    const span = Math.log10(high / low), few = (n) => span <= 2.5 || Math.log10(n) % 1 === 0;
    return {
      ticks: round.filter((n) => n >= low && n <= high && few(n)),
      place: (value) => Math.log10(Math.max(value, low) / low) / span,
    };
  };
  const scaleOf = (kind, values) => {
    const seen = values.filter((value) => value !== null && (kind !== "log" || value > 0));
    if (kind === "log" && seen.length) return log(Math.min(...seen), Math.max(...seen));
    return linear(seen.length ? Math.max(...seen) : 1, 4);
  };

  const frame = (figure) => {
    const svg = figure.querySelector("svg");
    svg.replaceChildren();
    const width = Math.max(svg.clientWidth, 200);
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    return { svg, inner: width - LEFT - RIGHT, tall: HEIGHT - TOP - BOTTOM };
  };
  const vertical = (box, scale, unit) => {
    for (const tick of scale.ticks) {
      const y = TOP + box.tall * (1 - scale.place(tick));
      draw(box.svg, "line", { class: "grid", x1: LEFT, x2: LEFT + box.inner, y1: y, y2: y });
      draw(box.svg, "text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, shown(tick, unit));
    }
  };
  // Lines break where a value is missing; a value alone between two gaps is a dot.
  const trace = (box, style, points) => {
    let path = "", before = false;
    points.forEach((point, i) => {
      if (!point) { before = false; return; }
      const [x, y] = point.map((n) => n.toFixed(1));
      path += (before ? "L" : "M") + x + " " + y;
      if (!before && !points[i + 1]) draw(box.svg, "circle", { class: "dot " + style, cx: x, cy: y, r: 2 });
      before = true;
    });
    draw(box.svg, "path", { class: "line " + style, d: path });
  };

  const hover = (figure, box, xs, words) => {
    if (!xs.length) return;
    const tip = figure.querySelector(".tip") || make(figure, "div", "tip");
    tip.hidden = true;
    const hair = draw(box.svg, "line", { class: "hair", y1: TOP, y2: TOP + box.tall, visibility: "hidden" });
    box.svg.onpointermove = (event) => {
      const from = box.svg.getBoundingClientRect(), x = event.clientX - from.left;
      let near = 0;
      xs.forEach((one, i) => { if (Math.abs(one - x) < Math.abs(xs[near] - x)) near = i; });
      hair.setAttribute("x1", xs[near]);
      hair.setAttribute("x2", xs[near]);
      hair.setAttribute("visibility", "visible");
      tip.textContent = words(near);
      tip.hidden = false;
      const side = xs[near] > LEFT + box.inner / 2 ? -tip.offsetWidth - 10 : 10;
      tip.style.left = box.svg.offsetLeft + figure.clientLeft + xs[near] + side + "px";
      tip.style.top = figure.querySelector("figcaption").offsetHeight + 36 + "px";
    };
    box.svg.onpointerleave = () => { tip.hidden = true; hair.setAttribute("visibility", "hidden"); };
  };

  const overTime = (figure, chart) => {
    const box = frame(figure);
    const last = data.stages.length ? data.stages[data.stages.length - 1].end : 0;
    const span = Math.max(last, (data.at[data.at.length - 1] || 0) + data.every / 2, 1);
    const across = (seconds) => LEFT + box.inner * seconds / span;
    data.stages.forEach((stage, i) => {
      const x = across(stage.start), width = across(stage.end) - x;
      const style = stage.kind === "measured" ? "band measured" : "band";
      draw(box.svg, "rect", { class: style, x, y: TOP, width, height: box.tall });
      // The last name may run on: nothing stands to its right.
      const room = Math.floor((i + 1 < data.stages.length ? width : LEFT + box.inner - x) / 6.2);
      const name = stage.name.length > room ? stage.name.slice(0, Math.max(room - 1, 0)) + "\u2026" : stage.name;
      if (room >= 4) draw(box.svg, "text", { x: x + 3, y: TOP - 6 }, name);
      if (i) draw(box.svg, "line", { class: "grid", x1: x, x2: x, y1: TOP, y2: TOP + box.tall });
    });
    for (const [from, until] of data.stills) {
      const x = across(from), width = Math.max(across(until) - x, 1);
      draw(draw(box.svg, "rect", { class: "still", x, y: TOP, width, height: box.tall }), "title", {}, "the generator stood still");
    }
    const scale = scaleOf(chart.scale, chart.lines.flatMap((line) => line.values));
    vertical(box, scale, chart.unit);
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
    const step = steps.find((n) => span / n <= box.inner / 70) || 86400;
    for (let second = 0; second <= span; second += step) {
      draw(box.svg, "text", { x: across(second), y: HEIGHT - 6, "text-anchor": "middle" }, clock(second));
    }
    for (const line of chart.lines) {
      const points = line.values.map((value, i) =>
        value === null ? null : [across(data.at[i]), TOP + box.tall * (1 - scale.place(value))]);
      trace(box, line.ink, points);
    }
    hover(figure, box, data.at.map(across), (i) => [
      clock(data.at[i] - data.every / 2),
      ...chart.lines.map((line) => line.name + "  " + shown(line.values[i], chart.unit)),
    ].join("\n"));
  };

  const RARITY = [[0.301, "p50"], [1, "p90"], [2, "p99"], [3, "p99.9"], [4, "p99.99"], [5, "p99.999"]];
  const byRarity = (figure, curve) => {
    const box = frame(figure);
    const all = [...curve.felt, ...curve.served];
    const most = Math.max(1, ...all.map(([rarity]) => rarity));
    const scale = scaleOf("log", all.map(([, value]) => value));
    const across = (rarity) => LEFT + box.inner * rarity / most;
    vertical(box, scale, "ms");
    for (const [rarity, name] of RARITY) {
      if (rarity > most) continue;
      draw(box.svg, "line", { class: "grid", x1: across(rarity), x2: across(rarity), y1: TOP, y2: TOP + box.tall });
      draw(box.svg, "text", { x: across(rarity), y: HEIGHT - 6, "text-anchor": "middle" }, name);
    }
    for (const [style, points] of [["grey dashed", curve.served], ["blue", curve.felt]]) {
      trace(box, style, points.map(([rarity, value]) => [across(rarity), TOP + box.tall * (1 - scale.place(value))]));
    }
    hover(figure, box, curve.felt.map(([rarity]) => across(rarity)), (i) => {
      const [rarity, felt] = curve.felt[i];
      const served = curve.served.find(([other]) => Math.abs(other - rarity) < 0.05);
      const share = +(100 * (1 - 10 ** -rarity)).toPrecision(6);
      return `p${share}\nfelt  ${shown(felt, "ms")}\nserved  ${shown(served && served[1], "ms")}`;
    });
  };

  const drawings = [];
  const figure = (place, title, keys, paint) => {
    const parent = document.getElementById(place);
    const node = make(parent, "figure");
    const caption = make(node, "figcaption");
    make(caption, "b", "", title);
    for (const [style, name] of keys) make(caption, "span", "key " + style, name);
    draw(node, "svg", { role: "img", "aria-label": title });
    drawings.push(() => paint(node));
  };
  for (const chart of data.charts) {
    figure("charts", chart.title, chart.lines.map((line) => [line.ink, line.name]), (node) => overTime(node, chart));
  }
  for (const curve of data.curves) {
    const keys = [["blue", "felt"], ["grey dashed", "served"]];
    figure("curves", curve.operation, keys, (node) => byRarity(node, curve));
  }
  const all = () => drawings.forEach((one) => one());
  all();
  let due = 0;
  addEventListener("resize", () => { cancelAnimationFrame(due); due = requestAnimationFrame(all); });
})();
