// The look of the sign-in page: one column, the system's own letters, light and dark. Contrasts are at least 4.5 to 1
// for text and 3 to 1 for edges (WCAG 2.2 AA). Nothing is fetched.

export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f5f2; --sheet: #ffffff; --ink: #1d1f1e; --quiet: #5a5e5b; --line: #dedcd6; --edge: #8a8d89;
  --accent: #14624f; --accent-over: #0e4d3e; --on-accent: #ffffff; --tint: #eaf3f0;
  --alarm: #a3241b; --alarm-tint: #fcefed; --care: #6b4a00; --care-tint: #fdf4dc; --care-line: #e6cf91;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141615; --sheet: #1d201f; --ink: #eceeec; --quiet: #a9afab; --line: #343937; --edge: #79807c;
    --accent: #7fd3b8; --accent-over: #a2e2cd; --on-accent: #0a2a21; --tint: #1e2f2a;
    --alarm: #ffb0a6; --alarm-tint: #3a1e1b; --care: #f2d28a; --care-tint: #2f2812; --care-line: #5c4d1f;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font-size: 100%; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100svh; padding: 1.25rem 1rem 2.5rem; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
.column { max-width: 27rem; margin: 0 auto; }
.brand { margin: 0 0 1rem; padding: 0 .125rem; font-weight: 650; letter-spacing: -.01em; color: var(--quiet); }
.brand b { color: var(--accent); font-weight: 650; }
main { background: var(--sheet); border: 1px solid var(--line); border-radius: 1rem; padding: 1.5rem 1.25rem; }
h1 { margin: 0 0 .75rem; font-size: 1.4375rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
strong { font-weight: 600; }
label, legend { font-weight: 600; }
label.field { display: block; margin: 1.25rem 0 .375rem; }
input[type="email"], input[type="text"] {
  display: block; width: 100%; min-height: 3rem; padding: .5rem .875rem; color: var(--ink); background: var(--sheet);
  border: 1px solid var(--edge); border-radius: .625rem; font: inherit;
}
input.code { font: 600 1.375rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .25em; }
input.letters { font-size: 1.0625rem; letter-spacing: .08em; }
input[aria-invalid="true"] { border-color: var(--alarm); border-width: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.hint { margin: .5rem 0 0; color: var(--quiet); font-size: .9375rem; }
.alert, .care, .note { margin: 0 0 1rem; padding: .75rem .875rem; border-radius: .625rem; font-size: 1rem; }
.alert { color: var(--alarm); background: var(--alarm-tint); border: 1px solid currentColor; }
.care { color: var(--care); background: var(--care-tint); border: 1px solid var(--care-line); }
.note { background: var(--tint); }
.actions { display: grid; gap: .625rem; margin-top: 1.5rem; }
button {
  min-height: 3rem; padding: .625rem 1.125rem; border-radius: .625rem; border: 1px solid var(--edge); cursor: pointer;
  background: transparent; color: var(--ink); font: inherit; font-weight: 600;
}
button:hover { background: var(--tint); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { background: var(--accent-over); border-color: var(--accent-over); }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1rem; }
.links button, .links a, a { color: var(--accent); }
.links button, .links a {
  min-height: 2.75rem; padding: .5rem 0; border: 0; background: none; font-size: 1rem; font-weight: 500;
  text-decoration: underline; text-underline-offset: .2em; text-decoration-thickness: 1px;
}
.links button:hover, .links a:hover { text-decoration-thickness: 2px; background: none; }
dl { margin: 0 0 1.25rem; border-top: 1px solid var(--line); }
dl div { display: grid; grid-template-columns: 6.5rem 1fr; gap: .75rem; padding: .625rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
fieldset { margin: 1.25rem 0 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; margin-bottom: .5rem; }
.choice { display: grid; grid-template-columns: 1.25rem 1fr; gap: .75rem; align-items: start; padding: .75rem .875rem; border: 1px solid var(--line); cursor: pointer; font-weight: 400; }
.choices .choice { margin-top: -1px; }
.choices > .choice:first-of-type { border-radius: .625rem .625rem 0 0; }
.choices > .choice:last-of-type { border-radius: 0 0 .625rem .625rem; }
.choices > .choice:only-of-type, .alone { border-radius: .625rem; }
.choice:has(:checked) { background: var(--tint); }
.choice b { display: block; font-weight: 600; overflow-wrap: anywhere; }
.choice span span { color: var(--quiet); font-size: .9375rem; }
input[type="radio"], input[type="checkbox"] { width: 1.25rem; height: 1.25rem; margin: .1875rem 0 0; accent-color: var(--accent); }
.new-name { padding: .25rem 0 0; }
@supports selector(:has(*)) { fieldset:not(:has(#workspace-new:checked)) .new-name { display: none; } }
footer { margin: 1.25rem .125rem 0; color: var(--quiet); font-size: .875rem; }
@media (min-width: 40rem) {
  body { padding: 12vh 1rem 4rem; }
  main { padding: 2.25rem; }
  .pair { grid-template-columns: 1fr 1fr; }
}
@media (min-width: 40rem) and (max-height: 56rem) { body { padding-top: 2.5rem; } }
`
