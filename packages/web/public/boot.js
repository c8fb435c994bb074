/** boot: runs before the first paint: applies the stored theme, so that a dark room stays dark, and tells the schema library
 *  not to try `new Function`, which the content security policy refuses and would report. */
(() => {
  globalThis.__zod_globalConfig = { jitless: true };
  try {
    const theme = localStorage.getItem("holdfast.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage can be switched off; the system's theme is then used.
  }
})();
