// The saved output of a widget, in a page without a kernel: made again from its elements and its text.

const TAGS = new Set("CAPTION DIV LI OL P PRE SPAN STRONG TABLE TBODY TD TH THEAD TR UL".split(" "));

/** Append what `from` contains to `to`: known elements without attributes, and text. */
function copy(from: Node, to: HTMLElement): void {
  for (const child of from.childNodes) {
    if (child instanceof Text) to.append(child.data);
    else if (child instanceof HTMLElement && TAGS.has(child.tagName)) {
      const made = document.createElement(child.tagName);
      copy(child, made);
      to.append(made);
    }
  }
}

/** Show the saved HTML of a widget in `el`, and a line that it is not live; "" shows the line alone. */
export function showFace(el: HTMLElement, saved: string): void {
  const face = document.createElement("div");
  face.className = "jp-RenderedHTMLCommon"; // JupyterLab's and nbconvert's style of tables
  face.style.overflow = "auto";
  // a parsed document runs nothing and loads nothing
  copy(new DOMParser().parseFromString(saved, "text/html").body, face);
  const line = document.createElement("p");
  line.textContent = saved
    ? "Saved output. Start a kernel and run the cell to use this widget."
    : "Waiting for the kernel. If no kernel is running, start one and run the cell again.";
  line.style.opacity = "0.75";
  el.replaceChildren(face, line);
}
