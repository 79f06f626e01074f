// Pages of the reference, as typedoc writes them, made readable: a type is one piece of code, a default
// in words is words, and what must be given says so.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Goes over every page below a folder. */
export function finishReference(folder) {
  const files = readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file))
  for (const file of files) {
    if (/[\\/](functions|classes)[\\/]/.test(file)) inlineOptions(file)
  }
  for (const file of files) writeFileSync(file, finishPage(readFileSync(file, 'utf8')))
}

/** A page with its tables, title and marks rewritten. */
export function finishPage(text) {
  const page = text
    .replace(/^# (Interface|Class|Type Alias): (\w+)\\<.*$/m, '# $1: $2')
    // What a class takes over from TypeScript's own library has no source here.
    .replace(/^Defined in: \[[^\]]*node_modules\/[^\n]*\n\n/gm, '')
    // In an indented block typedoc's backslashes would be shown.
    .replace(/^ {4}.*$/gm, (line) => line.replace(/\\([<>{}])/g, '$1'))
    .replace(/^(## Returns\n\n)([^\n`]*`[^\n]*)$/gm, (_, head, type) => head + oneCode(type))
    .replace(/^```ts\n[^]*?^```$/gm, (code) => code.replace(/^\| /gm, '  | '))
    .replace(/^\|.*\n\|[ :|-]+\|\n(?:\|.*\n?)*/gm, finishTable)
    .replace(/`(\[(?:abs|code|mem|ours|paper)\])`/g, (_, mark) => sourceLink(mark))
  return `---\npageClass: reference\naside: ${/^# Class:/m.test(text)}\n---\n\n${page}`
}

/** Where a rule is from: a mark that the glossary explains. */
const sourceLink = (mark) => `[${mark.replace(/[[\]]/g, '\\$&')}](/glossary#where-a-rule-is-from)`

const cellsOf = (row) =>
  row
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())

function finishTable(table) {
  const [head, line, ...rows] = table.trimEnd().split('\n').map(cellsOf)
  const finished = rows.map((cells) =>
    cells.map((cell, column) => {
      if (/^(Type|Type Parameter|Default type)$/.test(head[column])) return oneCode(cell)
      return head[column] === 'Default value' ? defaultInWords(cell, cells[0]) : cell
    }),
  )
  const heads = head.map((title) => (title === 'Default value' ? 'Default' : title))
  const written = [heads, line, ...finished].map((cells) => `| ${cells.join(' | ')} |`)
  return `${written.join('\n')}\n`
}

/** Typedoc sets every default as code, and `undefined` where there is none. */
function defaultInWords(cell, property) {
  const [, code] = /^`([^`]*)`$/.exec(cell) ?? []
  if (code === undefined) return cell
  if (code === 'undefined') return property.endsWith('?`') ? '–' : 'required'
  return / /.test(code) && !/[{}[\]()=<>"]|(?:^|\s)'/.test(code) ? escapeText(code) : cell
}

const escapeText = (text) => text.replace(/(?<!\\)[*_[\]<>]/g, '\\$&')

/**
 * A type as one piece of code with its links, where typedoc sets each name apart.
 *
 * `` `Readonly`\<[`Task`](Task.md)\> `` becomes `<code>Readonly&lt;[Task](Task.md)&gt;</code>`.
 */
export function oneCode(type) {
  const [, anchor, rest] = /^((?:<a id="[^"]*"><\/a> )?)(.*)$/.exec(type)
  const inner = rest
    // TypeScript's printer begins a union of many lines with a bar.
    .replace(/(^|\(|\\<|, ) ?\\\| /g, '$1')
    .replace(/=> \\\| /g, '=> ')
    .replace(/\*(extends|infer|in|is|typeof|keyof)\*/g, '$1')
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? codeText(part.slice(1, -1)) : part))
    .join('')
  return inner === '' ? type : `${anchor}<code v-pre>${inner}</code>`
}

const codeText = (code) =>
  code
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\\(?!\|)/g, '\\\\')
    .replace(/[*_[\]]/g, '\\$&')

/**
 * A function's page shows the options that it takes, not only the name of their interface. Typedoc
 * gives interfaces pages of their own; the table of such a page is repeated below the parameters.
 */
function inlineOptions(file) {
  const text = readFileSync(file, 'utf8')
  const [parameters] = /^#+ Parameters\n[^]*?(?=^#+ )/m.exec(text) ?? []
  if (parameters === undefined) return
  const tables = [...parameters.matchAll(/\[`(\w*Options)`\]\(([^)#]+\.md)\)/g)].map(
    ([, name, link]) => optionsTable(name, link, join(dirname(file), link)),
  )
  if (tables.join('') !== '')
    writeFileSync(
      file,
      text.replace(parameters, () => parameters + tables.join('')),
    )
}

function optionsTable(name, link, path) {
  const [, table] =
    /^## Properties\n([^]*?)(?=^#+ |(?![^]))/m.exec(readFileSync(path, 'utf8')) ?? []
  if (table === undefined) return ''
  const folder = dirname(link)
  const moved = table
    .replace(/<a id="[^"]*"><\/a> /g, '')
    .replace(/\]\((?!https?:|\/|#)([^)]+)\)/g, (_, target) => `](${folder}/${target})`)
    .replace(/\]\(#/g, `](${link}#`)
  return `### ${name}\n${moved.trimEnd()}\n\n`
}
