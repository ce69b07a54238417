// The window of a convolution, in 1-D, 2-D or 3-D, over whole numbers.

// What the window sees at a place: its products, 0 where it stands on padding.
function products(place, state) {
  return windowAt(place, state).map((at, tap) => {
    const here = flat(at, state.size);
    return { weight: state.weights[tap], value: here < 0 ? 0 : state.input[here] };
  });
}

function convolve(state) {
  const size = outputSize(state.size, state.kernel, state.stride, state.padding, state.dilation);
  return places(size, state.dims).map((place) =>
    products(place, state).reduce((sum, { weight, value }) => sum + weight * value, 0));
}

function drawConvolution(settings) {
  const state = { ...settings, weights: settings.kernels[settings.kernel] };
  const { dims, size, kernel, stride, padding, dilation, position } = state;
  const out = outputSize(size, kernel, stride, padding, dilation);
  const all = places(out, dims);
  const values = convolve(state);
  const under = new Set((all.length ? windowAt(all[position], state) : []).map(String));
  const seen = new Set(all.flatMap((place) => windowAt(place, state)).map(String));
  const inputCell = (place) => {
    const here = flat(place, size);
    const kinds = [here < 0 ? "pad" : "", under.has(String(place)) ? "window" : seen.has(String(place)) ? "" : "never"];
    return { text: here < 0 ? 0 : state.input[here], kind: kinds.join(" ").trim() };
  };
  const outputCell = (place) => {
    const here = flat(place, out);
    return { text: values[here], kind: here === position ? "now" : "" };
  };
  const kernelCell = (place) => ({ text: state.weights[flat(place, kernel)], kind: "" });
  const panels = [
    planes("input", size + 2 * padding, dims, -padding, inputCell),
    planes("kernel", kernel, dims, 0, kernelCell),
    planes("output", out, dims, 0, outputCell),
  ];
  return { positions: all.length, panels: all.length ? panels : panels.slice(0, 2), words: sayConvolution(state, out) };
}

function sayConvolution(state, out) {
  const { dims, size, kernel, stride, padding, dilation, position } = state;
  const span = dilation * (kernel - 1) + 1;
  const length = size + 2 * padding;
  if (out === 0) {
    return [`The window covers ${span} places and the padded input has ${length}: it does not fit.`];
  }
  const signed = (number) => (number < 0 ? `(${number})` : `${number}`);
  const terms = products(places(out, dims)[position], state);
  const sum = terms.reduce((total, { weight, value }) => total + weight * value, 0);
  const written = terms.map(({ weight, value }) => `${signed(weight)}·${signed(value)}`);
  const shown = written.length > 9 ? [...written.slice(0, 8), "…"] : written;
  return [
    `Here: ${shown.join(" + ")} = ${sum}`,
    `Along an axis the window covers ${span} of ${length} places and stands at ${out}.`,
    `Multiply-adds: ${out ** dims} positions × ${kernel ** dims} weights = ${out ** dims * kernel ** dims}.`,
  ];
}

function startConvolution(root, settings) {
  const controls = [
    ["kernel size", "kernel", 1, Object.keys(settings.kernels).length],
    ["stride", "stride", 1, 3],
    ["padding", "padding", 0, settings.dims > 2 ? 1 : 2],
    ["dilation", "dilation", 1, 3],
  ];
  explore(root, { ...settings, position: 0 }, controls, drawConvolution);
}
