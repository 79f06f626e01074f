import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCritique } from './parse-critique.ts'

describe('parseCritique', () => {
  it.each([
    [
      'in the form asked for',
      'It forgot a unit.\n<tips>\n- Check units.\n- Draw it.\n</tips>',
      ['Check units.', 'Draw it.'],
      true,
    ],
    [
      'numbered',
      '<tips>\n1. Check units.\n2) Draw it.\n</tips>',
      ['Check units.', 'Draw it.'],
      true,
    ],
    ['one tip without a bullet', '<tips>Check units.</tips>', ['Check units.'], true],
    [
      'a tip over two lines',
      '<tips>\n- Check units\n  before adding.\n- Draw it.\n</tips>',
      ['Check units before adding.', 'Draw it.'],
      true,
    ],
    [
      'the last list counts',
      '<tips>\n- draft\n</tips> Rather:\n<tips>\n- Check units.\n</tips>',
      ['Check units.'],
      true,
    ],
    ['thinking is no advice', '<think><tips>- no</tips></think><tips>- yes</tips>', ['yes'], true],
    ['more tips than asked for', '<tips>\n- a\n- b\n- c\n- d\n</tips>', ['a', 'b', 'c'], false],
    ['tag never closed', '<tips>\n- Check units.\n- Dra', ['Check units.', 'Dra'], false],
    [
      'no tag, a list',
      'Two things:\n* Check units.\n* Draw it.',
      ['Check units.', 'Draw it.'],
      false,
    ],
    ['no tag, no list', 'You should  check\nunits.', ['You should check units.'], false],
    ['empty list', '<tips>\n</tips>', [], false],
    ['bullets without words', '<tips>\n- \n-\n</tips>', [], false],
    ['thinking that never ended', '<think>- hmm', [], false],
    ['nothing', '  \n', [], false],
  ])('%s', (_, text, tips, valid) => {
    const found = parseCritique(text)
    expect(found.tips).toEqual(tips)
    expect(found.valid).toBe(valid)
    expect(found.critique).toBe(tips.map((tip) => `- ${tip}`).join('\n'))
  })

  it('cuts a tip that does not end', () => {
    expect(
      parseCritique(`<tips>- ${'a'.repeat(1000)}</tips>`, { maxTipCharacters: 10 }).tips,
    ).toEqual(['aaaaaaaaaa'])
  })

  it('takes anything, within bounds', () => {
    const piece = fc.oneof(
      fc.constantFrom('<tips>', '</tips>', '<think>', '</think>', '\n- ', '1. '),
      fc.string(),
    )
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          const { tips, critique, valid } = parseCritique(text)
          expect(tips.length).toBeLessThanOrEqual(3)
          expect(tips.every((tip) => tip !== '' && tip.length <= 400)).toBe(true)
          expect(critique === '').toBe(tips.length === 0)
          expect(valid && tips.length === 0).toBe(false)
        },
      ),
    )
  })
})
