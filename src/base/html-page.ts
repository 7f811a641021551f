import { escapeMarkup } from './markup.ts'

const common = `
:root { color-scheme: light dark; --text: #18181b; --soft: #52525b; --rail: #e4e4e7; --ground: #fff; --panel: #fafafa }
@media (prefers-color-scheme: dark) { :root { --text: #f4f4f5; --soft: #a1a1aa; --rail: #3f3f46; --ground: #18181b; --panel: #27272a } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 62rem; padding: 0 1rem; color: var(--text); background: var(--ground) }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } .soft { color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% } td, th { padding: .25rem .6rem; border-bottom: 1px solid var(--rail) }
@media print { body { margin: 0; max-width: none } }
`

/**
 * A page that needs nothing else: no script, no font, no picture from elsewhere; light or dark as the reader has it,
 * from 360 px on. The body is markup; the style adds to one that all pages share.
 */
export function htmlPage(page: { title: string; style: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(page.title)}</title>
<style>${common}${page.style}</style>
</head>
<body>
${page.body}
</body>
</html>
`
}
