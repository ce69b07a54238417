// Frames of a training to scrub through. settings: { rows: [{ name, width, frames }], captions }, all of one length.

function frameAt(settings, position) {
  const pictures = settings.rows.map(({ name, width, frames }) => ({ name, width, source: frames[position] }));
  return { caption: settings.captions[position], pictures };
}

// Small pictures are shown enlarged and unsmoothed, so that a pixel stays a square.
function picture({ name, width, source }) {
  const image = element("img", { src: source, alt: name, width, className: "course-explore-pixels" });
  return element("div", {}, element("div", { textContent: name }), image);
}

function startFilm(root, settings) {
  explore(root, { position: settings.captions.length - 1 }, [], ({ position }) => {
    const { caption, pictures } = frameAt(settings, position);
    return { positions: settings.captions.length, panels: pictures.map(picture), words: [caption] };
  });
}
