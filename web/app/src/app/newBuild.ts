/** A page of an older build asks for files that are gone; when the server has another build, the page takes that one. */
export function followBuilds() {
  window.addEventListener("vite:preloadError", () => {
    const mine = document.querySelector<HTMLScriptElement>("script[type=module][src]")?.getAttribute("src");
    void fetch("/", { cache: "no-store" })
      .then((answer) => answer.text())
      .then((page) => mine && page.includes("<script") && !page.includes(mine) && window.location.reload())
      .catch(() => undefined); // the server is away: the page says so itself
  });
}
