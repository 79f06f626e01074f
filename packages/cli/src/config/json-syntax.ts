import { printParseErrorCode, type ParseError } from 'jsonc-parser'

/** What is wrong, as a sentence that the place follows; `where` is the text found there. */
const WORDS: Readonly<Record<string, (where: string) => string>> = {
  InvalidSymbol: (where) => `${where} is neither a value nor a name in quotes`,
  InvalidNumberFormat: (where) => `a number is not written as JSON has it: ${where}`,
  PropertyNameExpected: (where) => `a name in double quotes is missing before ${where}`,
  ValueExpected: (where) => `a value is missing before ${where}`,
  ColonExpected: (where) => `a colon is missing before ${where}`,
  CommaExpected: (where) => `a comma is missing before ${where}`,
  CloseBraceExpected: (where) => `a closing brace } is missing before ${where}`,
  CloseBracketExpected: (where) => `a closing bracket ] is missing before ${where}`,
  EndOfFileExpected: (where) => `the value is over, and more follows: ${where}`,
  InvalidCommentToken: (where) => `a comment is not allowed here: ${where}`,
  UnexpectedEndOfComment: () => 'a comment is not closed with */',
  UnexpectedEndOfString: (where) => `a text is not closed with ": ${where}`,
  UnexpectedEndOfNumber: (where) => `a number is not whole: ${where}`,
  InvalidUnicode: (where) => `\\u is not followed by four hexadecimal digits: ${where}`,
  InvalidEscapeCharacter: (where) =>
    `a backslash stands before what it cannot escape (write \\\\ for one): ${where}`,
  InvalidCharacter: (where) => `a text has a tab or another control character: ${where}`,
}

/** Most characters of a line that are shown. */
const SHOWN = 40

/** A mistake in JSON in words, with the text where it was found: `a comma is missing before …`. */
export function jsonMistake(text: string, { error, offset }: ParseError): string {
  const [rest] = text.slice(offset).split('\n')
  const found = rest.trim()
  const where =
    found === ''
      ? 'the end of the line'
      : found.length > SHOWN
        ? `${found.slice(0, SHOWN)} …`
        : found
  return (
    WORDS[printParseErrorCode(error)]?.(
      offset >= text.trimEnd().length ? 'the end of the file' : where,
    ) ?? `not JSON: ${where}`
  )
}
