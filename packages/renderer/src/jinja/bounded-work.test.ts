import { describe, expect, it } from 'vitest'
import { compileTemplate } from '../compile-template.ts'

const rendered = (source: string): string =>
  compileTemplate(source, {})([{ role: 'user', content: 'hi' }], true)

describe('a template of a stranger', () => {
  it.each([
    ['a range that fills the memory', '{% for a in range(1000000000) %}{% endfor %}'],
    [
      'loops in loops',
      '{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}',
    ],
    [
      'loops that compute',
      '{% for a in range(90000) %}{% for b in range(900) %}{{ a * b }}{% endfor %}{% endfor %}',
    ],
    ['a text repeated', "{{ 'a' * 400000000 }}"],
    ['a list repeated', '{{ ([0] * 400000000) | length }}'],
    [
      'a text doubled',
      "{% set n = namespace(x='ab') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    ],
    [
      'a list doubled',
      '{% set n = namespace(x=[1]) %}{% for i in range(40) %}{% set n.x = n.x + n.x %}{% endfor %}',
    ],
    [
      'long texts searched again and again',
      "{% set x = 'a' * 8000000 %}{% for i in range(90000) %}{% if 'b' in x %}{% endif %}{% endfor %}",
    ],
    ['an indent', "{{ 'a\nb' | indent(400000000) }}"],
    ['a width', "{{ '%400000000d' % 1 }}"],
    ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
  ])('is refused by name, with bounded work: %s', (_, source) => {
    expect(() => rendered(source)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(/^chat template, .*(too (much|big|long)|call stack)/),
      }),
    )
  })

  it('may be long and do much', () => {
    const source = `{% for a in range(20000) %}{% set x = a * 2 %}{% if x == 39998 %}{{ 'last ' * 3 }}{% endif %}{% endfor %}`
    expect(rendered(source)).toBe('last last last ')
  })
})
