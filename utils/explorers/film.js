// Frames of a training to scrub through. settings: { rows: [{ name, frames }], captions, zoom }, all of one length.

function frameAt(settings, position) {
  const pictures = settings.rows.map(({ name, frames }) => ({ name, source: frames[position] }));
  return { caption: settings.captions[position], pictures };
}

// Small pictures are shown enlarged and unsmoothed, so that a pixel stays a square.
function picture({ name, source }, zoom) {
  const image = element("img", { src: source, alt: name, className: "course-explore-pixels" });
  image.addEventListener("load", () => { image.style.width = `${image.naturalWidth * zoom}px`; });
  return element("div", {}, element("div", { textContent: name }), image);
}

function startFilm(root, settings) {
  explore(root, { position: settings.captions.length - 1 }, [], ({ position }) => {
    const { caption, pictures } = frameAt(settings, position);
    const panels = pictures.map((one) => picture(one, settings.zoom));
    return { positions: settings.captions.length, panels, words: [caption] };
  });
}
