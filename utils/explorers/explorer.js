// Shared by all explorers: where a window stands, and drawing. Plain JavaScript, no library, no request.

// Positions along one axis: n numbers, window k, stride s, p zeros at each end, dilation d.
function outputSize(n, k, s, p, d) {
  return Math.max(0, Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1);
}

// All index tuples of a cube with `dims` axes of length `size`, the last axis fastest.
function places(size, dims) {
  let all = [[]];
  for (let axis = 0; axis < dims; axis++) {
    all = all.flatMap((start) => Array.from({ length: size }, (_, i) => [...start, i]));
  }
  return all;
}

// The input places under the window that gives output `place`, in the order of the kernel's own places.
// A coordinate below 0 or beyond the input is padding.
function windowAt(place, state) {
  const { dims, kernel, stride, padding, dilation } = state;
  return places(kernel, dims).map((tap) => tap.map((t, axis) => place[axis] * stride + t * dilation - padding));
}

// Row-major position of a place in a cube of this size; -1 outside.
function flat(place, size) {
  return place.every((i) => i >= 0 && i < size) ? place.reduce((sum, i) => sum * size + i, 0) : -1;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// A cube of cells as tables: one row in 1-D, one table in 2-D, one table a depth in 3-D.
// `cell(place)` gives { text, kind }; places count from `from`.
function planes(title, size, dims, from, cell) {
  const span = (from, count) => Array.from({ length: count }, (_, i) => from + i);
  const rows = dims > 1 ? span(from, size) : [null];
  const table = (depth) =>
    element("table", { ariaLabel: depth === null ? title : `${title}, depth ${depth}` },
      ...rows.map((row) => element("tr", {},
        ...span(from, size).map((column) => {
          const { text, kind } = cell([depth, row, column].slice(3 - dims));
          return element("td", { textContent: text, className: kind });
        }))));
  const tables = (dims > 2 ? span(from, size) : [null]).map(table);
  return element("div", {}, element("div", { textContent: title }),
    element("div", { className: "course-explore-planes" }, ...tables));
}

// One labelled slider for each control, [name, key, smallest, largest] and names for its values, if it has any; calls
// `changed` after every move.
function sliders(state, controls, changed) {
  const made = controls.map(([name, key, min, max, names]) => {
    const said = () => (names ? names[state[key]] : state[key]);
    const input = element("input", { type: "range", min, max, step: 1, value: state[key] });
    const shown = element("output", { textContent: said() });
    input.addEventListener("input", () => { state[key] = Number(input.value); changed(); });
    const update = (largest = max) => {
      input.max = largest;
      input.value = state[key];
      shown.textContent = input.ariaValueText = said();
    };
    return { key, update, label: element("label", {}, name, input, shown) };
  });
  const box = element("fieldset", {}, ...made.map((one) => one.label));
  return { box, update: (key, largest) => made.find((one) => one.key === key).update(largest) };
}

// Replace the static picture in `root` by sliders and what `draw(state)` returns: { positions, panels, words }.
function explore(root, state, controls, draw) {
  const panels = element("div", { className: "course-explore-panels" });
  const words = element("div", { ariaLive: "polite" });
  const all = [...controls, ["position", "position", 0, 0]];
  const refresh = () => {
    state.position = Math.max(0, Math.min(state.position, draw(state).positions - 1));
    const drawn = draw(state);
    panels.replaceChildren(...drawn.panels);
    words.replaceChildren(...drawn.words.map((line) => element("div", { textContent: line })));
    controls.forEach(([, key]) => made.update(key));
    made.update("position", Math.max(0, drawn.positions - 1));
  };
  const made = sliders(state, all, refresh);
  root.replaceChildren(made.box, panels, words);
  // The arrow keys move the slider, not JupyterLab's cell cursor.
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  root.addEventListener("keydown", (event) => event.stopPropagation());
  refresh();
}
