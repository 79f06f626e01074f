import type { Draw } from './draw.ts'
import { plain, tex, words, type AnswerKind, type Spelling } from './spelling.ts'

const raw = String.raw

/** Different whole numbers, none 0. */
function different(draw: Draw, count: number, low = -9, high = 20): number[] {
  const all = Array.from({ length: high - low + 1 }, (_, i) => low + i).filter((n) => n !== 0)
  return draw.some(all, count)
}

/** The same items with one changed, or one left out, or one more. */
function changed(draw: Draw, items: readonly number[]): number[] {
  const at = draw.int(0, items.length - 1)
  const other = Math.max(...items) + draw.int(1, 5)
  return draw.pick([
    items.map((item, i) => (i === at ? other : item)),
    items.filter((_, i) => i !== at),
    [...items, other],
  ])
}

function enumerated(items: readonly (string | number)[], word: string): string {
  return items.length === 1
    ? `${items[0]}`
    : `${items.slice(0, -1).join(', ')} ${word} ${items[items.length - 1]}`
}

const list: AnswerKind = {
  name: 'lists',
  isNumber: false,
  draw(draw) {
    const items = different(draw, draw.int(2, 4))
    const ways = (list: readonly number[]): Spelling[] => [
      plain(list.join(', ')),
      tex(list.join(',')),
      tex(list.join(raw` \text{ and } `)),
      tex(list.join(raw` \text{ or } `)),
      tex(list.map((n) => `x=${n}`).join(', ')),
      tex(list.map((n, i) => `x_${i + 1}=${n}`).join(', ')),
      tex(list.join('、')),
      tex(list.map((n) => `x=${n}`).join(raw`\text{或}`)),
      tex(raw`\{${list.join(', ')}\}`),
      plain(enumerated(list, 'and')),
    ]
    const other = changed(draw, items)
    return {
      gold: items.join(', '),
      right: ways(draw.some(items, items.length)),
      wrong: other.length > 0 ? ways(other) : [plain('0')],
    }
  },
}

const repeatedList: AnswerKind = {
  name: 'lists with repeated items',
  isNumber: false,
  draw(draw) {
    const [a, b] = different(draw, 2)
    const ways = (list: readonly number[]): Spelling[] => [
      plain(list.join(', ')),
      tex(list.join(',\\ ')),
      tex(list.join(raw` \text{ and } `)),
      plain(enumerated(list, 'and')),
    ]
    return {
      gold: `${a}, ${a}, ${b}`,
      right: ways(draw.some([a, a, b], 3)),
      wrong: [...ways([a, b, b]), ...ways([a, b]), ...ways([a, a, b, b]), ...ways([a, a, a])],
    }
  },
}

const set: AnswerKind = {
  name: 'sets',
  isNumber: false,
  draw(draw) {
    const items = different(draw, draw.int(2, 5))
    const ways = (list: readonly number[]): Spelling[] => [
      tex(raw`\{${list.join(', ')}\}`),
      tex(raw`\{${list.join(',')}\}`),
      tex(raw`\left\{${list.join(', ')}\right\}`),
      tex(raw`\lbrace ${list.join(', ')} \rbrace`),
      tex(`｛${list.join('，')}｝`),
      tex(list.join(', ')),
      tex(raw`S = \{${list.join(', ')}\}`),
    ]
    const other = changed(draw, items)
    return {
      gold: raw`\{${items.join(', ')}\}`,
      right: ways(draw.some(items, items.length)),
      wrong: other.length > 1 ? ways(other) : [tex(raw`\{0\}`)],
    }
  },
}

const point: AnswerKind = {
  name: 'points',
  isNumber: false,
  draw(draw) {
    const [a, b] = different(draw, 2)
    const ways = (x: number, y: number): Spelling[] => [
      plain(`(${x}, ${y})`),
      tex(`(${x},${y})`),
      tex(raw`\left(${x}, ${y}\right)`),
      tex(`(x,y)=(${x},${y})`),
      tex(`x=${x}, y=${y}`),
      tex(`y=${y}, x=${x}`),
      tex(`P(${x}, ${y})`),
      tex(`A = (${x}, ${y})`),
      tex(`（${x}，${y}）`),
      tex(raw`\langle ${x}, ${y} \rangle`),
      tex(raw`\begin{cases} x=${x} \\ y=${y} \end{cases}`),
      tex(raw`\begin{aligned} x &= ${x} \\ y &= ${y} \end{aligned}`),
    ]
    return {
      gold: `(${a}, ${b})`,
      right: ways(a, b),
      wrong: [...ways(b, a), ...ways(a, b + 21), tex(`(${a}, ${b}, 0)`), tex(`(${a}, ${b}]`)],
    }
  },
}

const vector: AnswerKind = {
  name: 'vectors',
  isNumber: false,
  draw(draw) {
    const entries = different(draw, draw.int(2, 3), -9, 9)
    const ways = (v: readonly number[]): Spelling[] => {
      const basis = (write: (letter: string) => string): string =>
        v
          .map(
            (n, i) =>
              `${n < 0 ? '-' : i ? '+' : ''}${Math.abs(n) === 1 ? '' : Math.abs(n)}${write('ijk'[i])}`,
          )
          .join('')
      return [
        tex(raw`\begin{pmatrix} ${v.join(raw` \\ `)} \end{pmatrix}`),
        tex(raw`\begin{bmatrix} ${v.join(raw` \\ `)} \end{bmatrix}`),
        tex(raw`\left[\begin{array}{c} ${v.join(raw` \\ `)} \end{array}\right]`),
        tex(`(${v.join(', ')})`),
        tex(raw`\langle ${v.join(', ')} \rangle`),
        tex(raw`(${v.join(', ')})^T`),
        tex(basis((letter) => raw`\mathbf{${letter}}`)),
        tex(basis((letter) => raw`\hat{${letter}}`)),
        tex(basis((letter) => raw`\vec{${letter}}`)),
      ]
    }
    const swapped = [entries[1], entries[0], ...entries.slice(2)]
    return {
      gold: raw`\begin{pmatrix} ${entries.join(raw` \\ `)} \end{pmatrix}`,
      right: ways(entries),
      wrong: [
        ...ways(swapped),
        ...ways(entries.map((n, i) => (i === 0 ? n + 19 : n))),
        tex(raw`\begin{pmatrix} ${entries.join(' & ')} \end{pmatrix}`),
        tex(raw`\begin{pmatrix} ${[...entries, 0].join(raw` \\ `)} \end{pmatrix}`),
      ],
    }
  },
}

const matrix: AnswerKind = {
  name: 'matrices',
  isNumber: false,
  draw(draw) {
    const [a, b, c, d] = different(draw, 4)
    const ways = (rows: readonly (readonly number[])[]): Spelling[] => {
      const inside = rows.map((row) => row.join(' & ')).join(raw` \\ `)
      return [
        tex(raw`\begin{pmatrix} ${inside} \end{pmatrix}`),
        tex(raw`\begin{bmatrix} ${inside} \end{bmatrix}`),
        tex(raw`\left(\begin{matrix} ${inside} \end{matrix}\right)`),
        tex(raw`\left[\begin{array}{cc} ${inside} \end{array}\right]`),
        tex(raw`A = \begin{pmatrix} ${inside} \end{pmatrix}`),
        tex(`[${rows.map((row) => `[${row.join(', ')}]`).join(', ')}]`),
      ]
    }
    return {
      gold: raw`\begin{pmatrix} ${a} & ${b} \\ ${c} & ${d} \end{pmatrix}`,
      right: ways([
        [a, b],
        [c, d],
      ]),
      wrong: [
        ...ways([
          [a, c],
          [b, d],
        ]),
        ...ways([
          [a, b],
          [c, d + 30],
        ]),
        tex(raw`\begin{pmatrix} ${a} & ${b} & ${c} & ${d} \end{pmatrix}`),
      ],
    }
  },
}

/** An interval by its ends, infinite where undefined, and whether they belong to it. */
interface Range {
  readonly low: number | undefined
  readonly high: number | undefined
  readonly closed: readonly [boolean, boolean]
}

function bracket({ low, high, closed }: Range, infinity = raw`\infty`): string {
  return `${closed[0] && low !== undefined ? '[' : '('}${low ?? `-${infinity}`}, ${high ?? infinity}${closed[1] && high !== undefined ? ']' : ')'}`
}

function inequality({ low, high, closed }: Range, x = 'x'): string {
  const [below, above] = closed.map((end) => (end ? raw` \le ` : ' < '))
  if (low === undefined) return `${x}${above}${high}`
  return high === undefined
    ? `${x}${closed[0] ? raw` \ge ` : ' > '}${low}`
    : `${low}${below}${x}${above}${high}`
}

const interval: AnswerKind = {
  name: 'intervals',
  isNumber: false,
  draw(draw) {
    const low = draw.int(-9, 5)
    const high = low + draw.int(2, 12)
    const range: Range = draw.pick([
      { low, high, closed: [draw.flip(), draw.flip()] },
      { low, high: undefined, closed: [draw.flip(), false] },
      { low: undefined, high, closed: [false, draw.flip()] },
    ])
    const ways = (r: Range): Spelling[] => [
      tex(bracket(r)),
      tex(bracket(r, raw`+\infty`).replace('-+', '-')),
      tex(
        bracket(r)
          .replace('(', raw`\left(`)
          .replace('[', raw`\left[`)
          .replace(/([)\]])$/, raw`\right$1`),
      ),
      tex(raw`x \in ${bracket(r)}`),
      tex(inequality(r)),
      tex(raw`\{x \mid ${inequality(r)}\}`),
      tex(raw`\{x \in \mathbb{R} : ${inequality(r)}\}`),
      tex(bracket(r).replace('(', ']').replace(/\)$/, '[')),
      tex(
        inequality(r)
          .replaceAll(raw` \le `, '≤')
          .replaceAll(raw` \ge `, '≥')
          .replaceAll(' < ', '＜')
          .replaceAll(' > ', '＞'),
      ),
    ]
    const flip = (at: 0 | 1): Range => ({
      ...range,
      closed: range.closed.map((end, i) => (i === at ? !end : end)) as [boolean, boolean],
    })
    return {
      gold: draw.pick([bracket(range), inequality(range)]),
      right: ways(range),
      wrong: [
        ...(range.low === undefined
          ? []
          : [...ways(flip(0)), ...ways({ ...range, low: range.low - 1 })]),
        ...(range.high === undefined
          ? []
          : [...ways(flip(1)), ...ways({ ...range, high: range.high + 1 })]),
        ...(range.low !== undefined && range.high !== undefined
          ? [tex(`${range.high} > x`), tex(`x > ${range.low}`)]
          : []),
      ],
    }
  },
}

const union: AnswerKind = {
  name: 'unions of intervals',
  isNumber: false,
  draw(draw) {
    const a = draw.int(-9, 4)
    const b = a + draw.int(2, 9)
    const closed = draw.flip()
    const ways = (x: number, y: number, c: boolean): Spelling[] => {
      const [open, shut] = c ? ['[', ']'] : ['(', ')']
      const [less, more] = c ? [raw`\le`, raw`\ge`] : ['<', '>']
      return [
        tex(raw`(-\infty, ${x}${shut} \cup ${open}${y}, \infty)`),
        tex(raw`(-\infty, ${x}${shut} \text{ or } ${open}${y}, \infty)`),
        tex(raw`(-\infty, ${x}${shut} ∪ ${open}${y}, +\infty)`),
        tex(raw`x ${less} ${x} \text{ or } x ${more} ${y}`),
        tex(raw`x ${more} ${y} \text{ or } x ${less} ${x}`),
        tex(raw`x ${less} ${x} \text{ 或 } x ${more} ${y}`),
        tex(raw`x \in (-\infty, ${x}${shut} \cup ${open}${y}, \infty)`),
        tex(raw`\mathbb{R} \setminus ${c ? '(' : '['}${x}, ${y}${c ? ')' : ']'}`),
      ]
    }
    return {
      gold: ways(a, b, closed)[0].text,
      right: ways(a, b, closed),
      wrong: [
        ...ways(a, b, !closed),
        ...ways(a - 1, b, closed),
        tex(`(${a}, ${b})`),
        tex(`[${a}, ${b}]`),
        tex(raw`(-\infty, ${a})`),
        tex(raw`x < ${b}`),
      ],
    }
  },
}

const SETS = [
  [
    raw`\text{no solution}`,
    [
      tex(raw`\emptyset`),
      tex(raw`\varnothing`),
      tex(raw`\{\}`),
      tex('∅'),
      words('no solution'),
      words('no solutions'),
      words('no real solutions'),
      words('There are no solutions'),
      words('无解'),
    ],
  ],
  [
    raw`\mathbb{R}`,
    [
      tex(raw`\mathbb{R}`),
      tex('ℝ'),
      tex(raw`(-\infty, \infty)`),
      tex(raw`x \in \mathbb{R}`),
      words('all real numbers'),
      words('all reals'),
      words('any real number'),
      words('全体实数'),
    ],
  ],
  [
    raw`\text{DNE}`,
    [
      words('does not exist'),
      words('DNE'),
      words('The limit does not exist'),
      words("doesn't exist"),
      words('不存在'),
    ],
  ],
  [raw`\infty`, [tex(raw`\infty`), tex(raw`+\infty`), tex('∞'), words('infinity')]],
  [raw`-\infty`, [tex(raw`-\infty`), tex('−∞'), words('negative infinity')]],
  [raw`\mathbb{Z}`, [tex(raw`\mathbb{Z}`), tex('ℤ'), words('all integers')]],
] as const

const named: AnswerKind = {
  name: 'no solution, all real numbers',
  isNumber: false,
  draw(draw) {
    const at = draw.int(0, SETS.length - 1)
    return {
      gold: SETS[at][0],
      right: SETS[at][1],
      wrong: [...SETS.flatMap(([, ways], i) => (i === at ? [] : ways)), plain('0'), plain('1')],
    }
  },
}

const system: AnswerKind = {
  name: 'named values',
  isNumber: false,
  draw(draw) {
    const [a, b] = different(draw, 2)
    const [x, y] = draw.pick([
      ['x', 'y'],
      ['a', 'b'],
      ['p', 'q'],
    ])
    const ways = (m: number, n: number): Spelling[] => [
      plain(`${x} = ${m}, ${y} = ${n}`),
      tex(`${x}=${m},\\ ${y}=${n}`),
      tex(`${y}=${n}, ${x}=${m}`),
      tex(raw`${x}=${m} \text{ and } ${y}=${n}`),
      tex(raw`\begin{cases} ${x}=${m} \\ ${y}=${n} \end{cases}`),
      tex(raw`\left\{\begin{array}{l} ${x}=${m} \\ ${y}=${n} \end{array}\right.`),
      tex(raw`\begin{aligned} ${x}&=${m} \\ ${y}&=${n} \end{aligned}`),
      tex(`(${x}, ${y}) = (${m}, ${n})`),
    ]
    return {
      gold: `${x}=${a}, ${y}=${b}`,
      right: ways(a, b),
      wrong: [...ways(b, a), ...ways(a, b + 30), tex(`${x}=${a}`), tex(`${y}=${b}`)],
    }
  },
}

const ratio: AnswerKind = {
  name: 'ratios',
  isNumber: false,
  draw(draw) {
    const [a, b] = draw.pick([
      [1, 2],
      [2, 3],
      [3, 4],
      [3, 5],
      [5, 8],
      [4, 7],
      [7, 9],
    ])
    const ways = (m: number, n: number): Spelling[] => [
      plain(`${m}:${n}`),
      tex(`${m} : ${n}`),
      tex(`${m}：${n}`),
      words(`${m} to ${n}`),
      tex(raw`\frac{${m}}{${n}}`),
      plain(`${m}/${n}`),
    ]
    return {
      gold: `${a}:${b}`,
      right: ways(a, b),
      wrong: [...ways(b, a), ...ways(a, b + 1), plain(`${a}.${b}`), plain(`${a}, ${b}`)],
    }
  },
}

const residue: AnswerKind = {
  name: 'residues',
  isNumber: false,
  draw(draw) {
    const modulus = draw.int(5, 30)
    const r = draw.int(1, modulus - 1)
    const ways = (n: number, m: number): Spelling[] => [
      tex(raw`x \equiv ${n} \pmod{${m}}`),
      tex(raw`x \equiv ${n} \pmod ${m < 10 ? m : `{${m}}`}`),
      tex(raw`x \equiv ${n} \ (\text{mod } ${m})`),
      tex(raw`x \equiv ${n} \ (\mathrm{mod}\ ${m})`),
      tex(raw`x \equiv ${n} (\bmod\ ${m})`),
      tex(raw`x \equiv ${n} \mod ${m}`),
      tex(`x ≡ ${n} (mod ${m})`),
      tex(raw`${n} \pmod{${m}}`),
    ]
    return {
      gold: raw`x \equiv ${r} \pmod{${modulus}}`,
      right: [...ways(r, modulus), ...ways(r + modulus, modulus)],
      wrong: [
        ...ways(r, modulus + draw.pick([1, 2, modulus])),
        ...ways(r + 1, modulus),
        tex(raw`x \not\equiv ${r} \pmod{${modulus}}`),
      ],
    }
  },
}

/** Kinds of answers that are made of several values. */
export const STRUCTURES: readonly AnswerKind[] = [
  list,
  repeatedList,
  set,
  point,
  vector,
  matrix,
  interval,
  union,
  named,
  system,
  ratio,
  residue,
]
