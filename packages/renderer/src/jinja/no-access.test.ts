import { isIcrlError } from '@icrl/core'
import { afterEach, describe, expect, it } from 'vitest'
import { compileTemplate } from '../compile-template.ts'

const MARK = 'icrlTemplateRan'
const marks = globalThis as unknown as Record<string, unknown>
afterEach(() => void delete marks[MARK])

/** What a template that ran code would have done. */
const code = `globalThis.${MARK} = 1`

/** CVE-2026-5760: a template in a model's folder runs code when the model is loaded or asked. */
describe('a template of a stranger reaches nothing but its conversation', () => {
  it.each([
    ["Python's classes", "{{ ''.__class__.__mro__[1].__subclasses__() }}"],
    ["Python's globals", "{{ cycler.__init__.__globals__.os.popen('id').read() }}"],
    ['the maker of functions', `{{ ''.constructor.constructor('${code}')() }}`],
    ['that of a message', `{{ messages[0].constructor.constructor('${code}')() }}`],
    ['that of a filter', `{{ (messages | length).constructor.constructor('${code}')() }}`],
    ['a prototype by its name', `{{ messages['__proto__']['constructor']('${code}') }}`],
    ['a prototype by an attribute', `{{ messages | map(attribute='constructor') | list }}`],
    ['a method that makes one', `{{ messages.map.constructor('${code}')() }}`],
    ['the process', '{{ process.env }}{{ globalThis.process.env }}'],
    ['a module', "{{ require('fs').readFileSync('/etc/hostname') }}{% import 'os' as os %}"],
  ])('%s', (_, source) => {
    let printed = ''
    try {
      printed = compileTemplate(source, {})([{ role: 'user', content: 'hi' }], true)
    } catch (error) {
      // Refused by name, not by an accident of the interpreter.
      expect(isIcrlError(error), String(error)).toBe(true)
    }
    expect(marks[MARK]).toBeUndefined()
    expect(printed).not.toMatch(/function|\[native|uid=|PATH/)
  })

  it('and changes nothing for the next one', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const source =
      '{% set m = messages[0] %}{% set ns = namespace(x=1) %}{% set ns.__proto__ = m %}'
    try {
      compileTemplate(source, {})([{ role: 'user', content: 'hi' }], true)
    } catch (error) {
      expect(isIcrlError(error), String(error)).toBe(true)
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect(
      compileTemplate('{{ messages[0].content }}', {})([{ role: 'user', content: 'hi' }], true),
    ).toBe('hi')
  })
})
