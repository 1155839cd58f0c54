"use strict";
// Plotly draws what stands still: axes, guides, legend, whole paths and what hovering says. What
// moves is drawn on a canvas above, because redrawing hundreds of Plotly's traces is too slow to play.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const figure = read("figure");
  const payload = read("payload");
  const plane = document.getElementById("plane");
  const canvas = document.getElementById("moving");
  const play = document.getElementById("play");
  const slider = document.getElementById("epoch");
  const now = document.getElementById("now");
  const ABSENT = 65535; // the code of a member without a value
  const final = payload.epochs.length - 1;
  const MILLISECONDS = Math.min(12000, 250 * Math.max(final, 1)); // that a whole run takes

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  const floats = (text) => new Float32Array(bytes(text));
  const decoded = (text, [low, high]) =>
    Float32Array.from(new Uint16Array(bytes(text)), (code) =>
      code === ABSENT ? NaN : low + ((high - low) * code) / (ABSENT - 1));

  const fraction = (epoch) => Math.log1p(epoch) / Math.log1p(Math.max(payload.epochs[final], 1));
  const shade = (colour, epoch) => {
    const white = payload.early * (1 - fraction(epoch));
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return `rgb(${parts.map((full) => Math.round(255 * white + (1 - white) * full)).join()})`;
  };

  const axesOf = (index) => ["xaxis", "yaxis"].map((name) => (index ? name + (index + 1) : name));

  // Arrays are laid out (epoch, layer) and (member, epoch, layer).
  const curves = payload.panels.flatMap((panel, index) => {
    const [mean, low, high] = [panel.mean, panel.low, panel.high].map((pair) => pair.map(floats));
    const points = panel.points && panel.points.map((text, axis) => decoded(text, payload.limits[axis]));
    const [times, layers] = [panel.epochs.length, panel.layers.length];
    return panel.layers.map((layer, at) => {
      const along = (values) => Float32Array.from({ length: times }, (_, time) => values[time * layers + at]);
      return {
        epochs: panel.epochs,
        layer,
        colour: payload.colours[layer].full,
        ink: payload.colours[layer].ink,
        tones: panel.epochs.map((epoch) => shade(payload.colours[layer].full, epoch)),
        mean: mean.map(along),
        low: low.map(along),
        high: high.map(along),
        members: points && panel.members.map((_, member) =>
          points.map((values) => along(values.subarray(member * times * layers)))),
        axes: axesOf(index),
      };
    });
  });

  curves.forEach((curve, at) => {
    const spread = [curve.low[0], curve.high[0], curve.low[1], curve.high[1]];
    Object.assign(figure.data[at], {
      x: Array.from(curve.mean[0]),
      y: Array.from(curve.mean[1]),
      customdata: curve.epochs.map((epoch, time) => [epoch, ...spread.map((values) => values[time])]),
    });
  });

  // The grid of conditions is kept: what has no room is scrolled to, sideways. Panels that make no
  // grid stand as many in a row as the width has room for. Only the outer axes are labelled.
  const labels = ["xaxis", "yaxis"].map((name) => figure.layout[name].title.text);
  const LEAST = 200; // pixels of a panel
  const arrange = (room) => {
    const columns = payload.grid ? payload.columns
      : Math.max(1, Math.min(payload.columns, Math.floor(room / LEAST)));
    const width = payload.grid ? Math.max(room, LEAST * columns + 76) : room;
    const cells = payload.panels.map((_, index) => payload.grid ? payload.cells[index]
      : [Math.floor(index / columns), index % columns]);
    plane.style.width = `${width}px`; // the canvas above is as wide as this
    const rows = 1 + Math.max(...cells.map(([row]) => row));
    const filled = new Set(cells.map(String));
    const [height, gap, between] = [rows === 1 ? 430 : 270, 57, columns > 4 ? 0.015 : 0.03];
    const legend = 26 * Math.ceil((95 * Object.keys(payload.colours).length) / Math.max(width - 80, 100));
    const inside = rows * height + (rows - 1) * gap;
    const across = (1 - between * (columns - 1)) / columns;
    const change = { width, height: inside + 51 + legend + 52, "margin.t": 51 + legend };
    payload.panels.forEach((_, index) => {
      const [row, column] = cells[index];
      const [x, y] = axesOf(index);
      const left = column * (across + between);
      const top = 1 - (row * (height + gap)) / inside;
      change[`${x}.domain`] = [left, left + across];
      change[`${y}.domain`] = [Math.max(top - height / inside, 0), top];
      [[x, !filled.has(String([row + 1, column]))], [y, column === 0]].forEach(([axis, outer], which) => {
        change[`${axis}.showticklabels`] = outer;
        change[`${axis}.title.text`] = outer ? labels[which] : "";
      });
    });
    return change;
  };
  const set = (target, path, value) => {
    const [first, ...rest] = path.split(".");
    if (rest.length) set((target[first] ??= {}), rest.join("."), value);
    else target[first] = value;
  };

  const reached = (epochs, epoch) => {
    let count = 0;
    while (count < epochs.length && epochs[count] <= epoch) count += 1;
    return count - 1;
  };

  // Where a curve is between two of the slider's steps: a measured epoch and a share of the next.
  const moment = (epochs, position) => {
    const step = Math.floor(position);
    const time = reached(epochs, payload.epochs[step]);
    const next = step < final ? reached(epochs, payload.epochs[step + 1]) : time;
    return { time, share: next > time && time >= 0 ? position - step : 0 };
  };
  const between = (values, { time, share }) =>
    share ? values[time] * (1 - share) + values[time + 1] * share : values[time];

  const drawCurve = (pen, curve, position) => {
    const at = moment(curve.epochs, position);
    if (at.time < 0) return;
    const [across, up] = curve.axes.map((name) => plane._fullLayout[name]);
    const place = ([x, y]) => [across._offset + across.l2p(x), up._offset + up.l2p(y)];
    const here = (pair) => place(pair.map((values) => between(values, at)));
    const stops = Array.from({ length: at.time + 1 }, (_, time) => place(curve.mean.map((v) => v[time])));
    const head = here(curve.mean);
    pen.save();
    pen.beginPath();
    pen.rect(across._offset - 12, up._offset - 12, across._length + 24, up._length + 24);
    pen.clip();
    pen.lineWidth = 2.5;
    pen.lineCap = "round";
    [...stops.slice(1), head].forEach((stop, time) => {
      pen.strokeStyle = curve.tones[Math.min(time + 1, at.time)];
      pen.beginPath();
      pen.moveTo(...stops[time]);
      pen.lineTo(...stop);
      pen.stroke();
    });
    const dot = ([x, y], radius, colour) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fill();
    };
    stops.forEach((stop, time) => dot(stop, 2.4, curve.tones[time]));
    if (curve.members) {
      pen.globalAlpha = 0.4;
      curve.members.forEach((member) => dot(here(member), 2.2, curve.colour));
      pen.globalAlpha = 1;
    }
    const [left, bottom] = here(curve.low);
    const [right, top] = here(curve.high);
    pen.strokeStyle = curve.colour;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(left, head[1]);
    pen.lineTo(right, head[1]);
    pen.moveTo(head[0], bottom);
    pen.lineTo(head[0], top);
    pen.stroke();
    dot(head, 9, "white");
    dot(head, 8, curve.colour);
    pen.restore();
    return { head, curve, layers: [curve.layer] };
  };

  // Numbers of heads that would hide one another are written as one, such as 1–3.
  const named = (heads) => {
    const groups = heads.map((each) => ({ ...each }));
    const hides = (a, b) => Math.abs(a.head[0] - b.head[0]) < 4.5 * (a.layers.length > 1 ? 2 : 1)
      + 4.5 * (b.layers.length > 1 ? 2 : 1) && Math.abs(a.head[1] - b.head[1]) < 9;
    for (let first = 0; first < groups.length; first += 1) {
      for (let second = first + 1; second < groups.length; second += 1) {
        const [a, b] = [groups[first], groups[second]];
        if (a.curve.axes[0] !== b.curve.axes[0] || !hides(a, b)) continue;
        const [many, few] = [a.layers.length, b.layers.length];
        a.head = a.head.map((x, axis) => (x * many + b.head[axis] * few) / (many + few));
        a.layers = [...a.layers, ...b.layers].sort((x, y) => x - y);
        groups.splice(second, 1);
        second = first; // the joint name may hide those that were beside
      }
    }
    return groups;
  };
  const runs = (layers) => layers.reduce((parts, layer) => {
    const last = parts[parts.length - 1];
    if (last && last[last.length - 1] === layer - 1) last.push(layer);
    else parts.push([layer]);
    return parts;
  }, []).map((part) => (part.length > 1 ? `${part[0]}–${part[part.length - 1]}` : part[0])).join(", ");
  const writeName = (pen, { head, curve, layers }) => {
    const words = runs(layers);
    if (layers.length > 1) {
      const half = pen.measureText(words).width / 2 + 5;
      pen.fillStyle = payload.joint;
      pen.strokeStyle = "white";
      pen.lineWidth = 1;
      pen.beginPath();
      pen.roundRect(head[0] - half, head[1] - 8, 2 * half, 16, 7);
      pen.fill();
      pen.stroke();
    }
    pen.fillStyle = layers.length > 1 ? "white" : curve.ink;
    pen.fillText(words, ...head);
  };

  let position = final;
  const draw = () => {
    const size = plane.getBoundingClientRect();
    const density = window.devicePixelRatio || 1;
    const [width, height] = [size.width, size.height].map((length) => Math.round(length * density));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    Object.assign(pen, { font: "600 11px system-ui, sans-serif", textAlign: "center", textBaseline: "middle" });
    const seen = curves.filter((_, at) => (plane.data[at].visible ?? true) === true);
    const heads = seen.map((curve) => drawCurve(pen, curve, position)).filter(Boolean);
    // A mark that a name shares lies below it.
    named(heads).forEach((group) => writeName(pen, group));
  };
  const go = (to) => {
    position = to;
    const step = Math.floor(to);
    slider.value = step;
    slider.setAttribute("aria-valuetext", `epoch ${payload.epochs[step]}`);
    now.textContent = `epoch ${payload.epochs[step].toLocaleString("en")}`;
    draw();
  };

  let start = null;
  const pause = () => {
    start = null;
    play.textContent = "▶ Play";
  };
  const advance = (time) => {
    if (start === null) return;
    start.time ??= time;
    go(Math.min(start.position + ((time - start.time) / MILLISECONDS) * final, final));
    if (position < final) requestAnimationFrame(advance);
    else pause();
  };
  play.addEventListener("click", () => {
    if (start !== null) {
      pause();
      go(Math.floor(position));
      return;
    }
    start = { time: null, position: position < final ? position : 0 };
    play.textContent = "❚❚ Pause";
    requestAnimationFrame(advance);
  });
  slider.addEventListener("input", () => {
    pause();
    go(Number(slider.value));
  });
  slider.max = final;

  const room = () => plane.parentElement.clientWidth;
  Object.entries(arrange(room())).forEach(([path, value]) => set(figure.layout, path, value));
  let resized = null;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => Plotly.relayout(plane, arrange(room())), 100);
  });
  // The buttons are named one by one: by default there is one that uploads the data.
  const config = { displaylogo: false, showTips: false, plotlyServerURL: "" };
  config.modeBarButtons = [["zoom2d", "pan2d", "resetScale2d"]];
  Plotly.newPlot(plane, figure.data, figure.layout, config).then(() => {
    // Above the axes, below the legend and what hovering says.
    plane.querySelector(".gl-container").before(canvas);
    go(final);
    plane.on("plotly_afterplot", draw);
    plane.on("plotly_relayouting", draw);
    document.body.dataset.ready = "true";
  });
})();
