/** Put text on the clipboard; plain HTTP pages have no `navigator.clipboard`. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const holder = document.createElement("textarea");
    let before = document.activeElement;
    while (before?.shadowRoot?.activeElement) before = before.shadowRoot.activeElement;
    holder.value = text;
    holder.style.cssText = "position:fixed;opacity:0;inset:0;width:1px;height:1px";
    document.body.append(holder);
    holder.select();
    try {
      return document.execCommand("copy");
    } finally {
      holder.remove();
      if (before instanceof HTMLElement) before.focus();
    }
  }
}
