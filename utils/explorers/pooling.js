// The window of a pooling over whole numbers. Kinds: max, average of what is real, average with zeros counted, min.

const POOLINGS = ["max", "average", "average, zeros counted", "min"];

// What the window sees at a place; null where it stands on padding.
function sees(place, state) {
  return windowAt(place, state).map((at) => {
    const here = flat(at, state.size);
    return here < 0 ? null : state.input[here];
  });
}

function reduceWindow(values, kind) {
  const real = values.filter((value) => value !== null);
  const sum = real.reduce((total, value) => total + value, 0);
  return [Math.max(...real), sum / real.length, sum / values.length, Math.min(...real)][kind];
}

// A window on nothing but padding would have no answer, so padding is at most half the window, as in torch.
function pooledSize({ size, kernel, stride, padding }) {
  return 2 * padding > kernel ? 0 : outputSize(size, kernel, stride, padding, 1);
}

function pool(state) {
  return places(pooledSize(state), state.dims).map((place) => reduceWindow(sees(place, state), state.kind));
}

function drawPooling(state) {
  const { dims, size, padding, position } = state;
  const out = pooledSize(state);
  const all = places(out, dims);
  const values = pool(state);
  const under = new Set((all.length ? windowAt(all[position], state) : []).map(String));
  const seen = new Set(all.flatMap((place) => windowAt(place, state)).map(String));
  const outside = ["−∞", "·", "0", "∞"][state.kind];
  const inputCell = (place) => {
    const here = flat(place, size);
    const kinds = [here < 0 ? "pad" : "", under.has(String(place)) ? "window" : seen.has(String(place)) ? "" : "never"];
    return { text: here < 0 ? outside : state.input[here], kind: kinds.join(" ").trim() };
  };
  const outputCell = (place) => {
    const here = flat(place, out);
    return { text: rounded(values[here]), kind: here === position ? "now" : "" };
  };
  const panels = [
    planes("input", size + 2 * padding, dims, -padding, inputCell),
    planes("output", out, dims, 0, outputCell),
  ];
  return { positions: all.length, panels: all.length ? panels : panels.slice(0, 1), words: sayPooling(state, out) };
}

function rounded(number) {
  return String(Math.round(number * 100) / 100);
}

function sayPooling(state, out) {
  const { dims, kernel, stride, padding, position, kind } = state;
  if (2 * padding > kernel) {
    return ["Padding may be at most half the kernel size, or a window could see nothing but padding."];
  }
  const values = sees(places(out, dims)[position], state);
  const counted = values.filter((value) => value !== null || kind === 2).map((value) => value ?? 0);
  const overlap = stride < kernel ? "overlap" : stride > kernel ? "leave gaps" : "lie side by side";
  return [
    `Here: ${POOLINGS[kind]} of ${counted.join(", ")} = ${rounded(reduceWindow(values, kind))}`,
    `The windows ${overlap}. There are ${out} along each axis.`,
    `${state.size ** dims} numbers go in, ${out ** dims} come out, and there is nothing to learn.`,
  ];
}

function startPooling(root, settings) {
  const controls = [
    ["pooling", "kind", 0, POOLINGS.length - 1, POOLINGS],
    ["kernel size", "kernel", 1, 4],
    ["stride", "stride", 1, 4],
    ["padding", "padding", 0, 2],
  ];
  explore(root, { ...settings, position: 0 }, controls, drawPooling);
}
