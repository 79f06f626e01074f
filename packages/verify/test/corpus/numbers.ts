import type { Draw } from './draw.ts'
import { plain, tex, words, type AnswerKind, type Spelling } from './spelling.ts'

const raw = String.raw
const ONES =
  raw`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen`.split(
    ' ',
  )
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const HAN = '零一二三四五六七八九'

/** English for a number below a million. */
export function english(n: number): string {
  if (n < 20) return ONES[n]
  if (n < 100) return TENS[Math.floor(n / 10)] + (n % 10 ? `-${ONES[n % 10]}` : '')
  if (n < 1000)
    return `${ONES[Math.floor(n / 100)]} hundred${n % 100 ? ` and ${english(n % 100)}` : ''}`
  return `${english(Math.floor(n / 1000))} thousand${n % 1000 ? ` ${english(n % 1000)}` : ''}`
}

/** Chinese for a number from 1 to 9999. */
export function chinese(n: number): string {
  if (n >= 10 && n < 20) return `十${n % 10 ? HAN[n % 10] : ''}`
  let text = ''
  let gap = false
  for (const [place, sign] of [
    [1000, '千'],
    [100, '百'],
    [10, '十'],
    [1, ''],
  ] as const) {
    const digit = Math.floor(n / place) % 10
    if (digit === 0) gap = text !== ''
    else {
      text += (gap ? '零' : '') + HAN[digit] + sign
      gap = false
    }
  }
  return text
}

/** Digits in groups of three. */
export function grouped(n: number | bigint, separator: string): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, separator)
}

/** Ways to write an integer. */
function integers(n: number): Spelling[] {
  const sign = n < 0 ? '-' : ''
  const size = Math.abs(n)
  return [
    plain(`${n}`),
    plain(`${n}.0`),
    tex(raw`${sign}\frac{${3 * size}}{3}`),
    tex(raw`\mathbf{${n}}`),
    ...(n < 0
      ? [plain(`−${size}`), words(`minus ${size}`), words(`negative ${english(size)}`)]
      : [words(english(size)), plain(`+${n}`)]),
    ...(size >= 1000 ? [plain(`${sign}${grouped(size, ',')}`)] : []),
  ]
}

function otherInteger(draw: Draw, n: number): number {
  const candidates = [n + 1, n - 1, -n, 10 * n, n + 10, 2 * n, n + draw.int(2, 60)]
  return draw.pick(candidates.filter((m) => m !== n))
}

const integer: AnswerKind = {
  name: 'integers',
  isNumber: true,
  draw(draw) {
    const n = draw.pick([draw.int(2, 99), draw.int(100, 9999), -draw.int(2, 500)])
    return {
      gold: `${n}`,
      right: integers(n),
      wrong: [
        ...integers(otherInteger(draw, n)),
        plain(`${n}.5`),
        plain(`1/${Math.abs(n)}`),
        tex(raw`${n}\pi`),
        tex(`${n}x`),
        tex(raw`\sqrt{${Math.abs(n) + 1}}`),
        tex(`${Math.abs(n) + 2}!`),
      ],
    }
  },
}

const largeInteger: AnswerKind = {
  name: 'integers in groups of digits',
  isNumber: true,
  draw(draw) {
    const n = draw.pick([draw.int(10_000, 999_999), draw.int(1_000_000, 99_999_999)])
    const m = draw.pick([n + 1, n - 1000, n + 10_000, 10 * n, n + draw.int(2, 900)])
    const groups = (value: number): Spelling[] => [
      plain(`${value}`),
      plain(grouped(value, ',')),
      plain(grouped(value, "'")),
      tex(grouped(value, '{,}')),
      tex(grouped(value, ',\\!')),
      tex(grouped(value, '\\,')),
      tex(grouped(value, '\\ ')),
      tex(grouped(value, '\\;')),
      tex(grouped(value, '~')),
      tex(grouped(value, '\u202f')),
      tex(grouped(value, ' ')),
      ...(value >= 1_000_000 ? [plain(grouped(value, '.')), plain(grouped(value, ' '))] : []),
      ...(value >= 100_000
        ? [
            plain(
              `${String(value)
                .slice(0, -3)
                .replace(/\B(?=(\d\d)+$)/g, ',')},${String(value).slice(-3)}`,
            ),
          ]
        : []),
    ]
    return { gold: draw.pick([`${n}`, grouped(n, ',')]), right: groups(n), wrong: groups(m) }
  },
}

const decimal: AnswerKind = {
  name: 'decimals',
  isNumber: true,
  draw(draw) {
    const [n, places] = [draw.int(101, 9999), draw.int(1, 3)]
    const scaled = n % 10 === 0 ? n + 1 : n
    const write = (value: number): string => {
      const digits = String(value).padStart(places + 1, '0')
      return `${digits.slice(0, -places)}.${digits.slice(-places)}`
    }
    const other = draw.pick([scaled + 1, scaled - 1, scaled * 10, scaled + 100])
    const ways = (value: number): Spelling[] => [
      plain(write(value)),
      plain(`${write(value)}0`),
      // three digits behind a comma are a group
      ...(places === 3 ? [] : [tex(write(value).replace('.', '{,}'))]),
      tex(raw`\frac{${value}}{${10 ** places}}`),
      plain(`${value}/${10 ** places}`),
      ...(value < 10 ** places ? [plain(write(value).slice(1))] : []),
    ]
    return {
      gold: write(scaled),
      right: ways(scaled),
      wrong: [...ways(other), plain(`-${write(scaled)}`), plain(`${scaled}`)],
    }
  },
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** A fraction in lowest terms. */
function fractionOf(draw: Draw): [number, number] {
  const under = draw.int(3, 40)
  let over = draw.int(1, 60)
  while (gcd(over, under) > 1) over++
  return [over, under]
}

const PART_NAMES = [
  '',
  '',
  '',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
]

const fraction: AnswerKind = {
  name: 'fractions',
  isNumber: true,
  draw(draw) {
    const [p, q] = fractionOf(draw)
    const ways = (a: number, b: number): Spelling[] => [
      tex(raw`\frac{${a}}{${b}}`),
      tex(raw`\dfrac{${a}}{${b}}`),
      tex(raw`\tfrac{${2 * a}}{${2 * b}}`),
      plain(`${a}/${b}`),
      tex(raw`{${a} \over ${b}}`),
      tex(`${a}⁄${b}`),
      ...(a < 10 && b < 10 ? [tex(raw`\frac${a}${b}`)] : []),
      ...(a > 1 && a < 20 && b <= 10 ? [words(`${english(a)} ${PART_NAMES[b]}s`)] : []),
      ...(b < 10 ? [words(`${HAN[b]}分之${chinese(a)}`)] : []),
    ]
    const [a, b] = draw.pick([
      [q, p],
      [p + 1, q],
      [p, q + 1],
      [2 * p, q],
      [p, 10 * q],
    ])
    return {
      gold: draw.pick([raw`\frac{${p}}{${q}}`, `${p}/${q}`]),
      right: ways(p, q),
      wrong: [
        ...(a * q === b * p ? ways(p + q, q) : ways(a, b)),
        tex(raw`-\frac{${p}}{${q}}`),
        plain(`${p}`),
        plain((p / q + 0.01).toFixed(2)),
      ],
    }
  },
}

const mixedNumber: AnswerKind = {
  name: 'mixed numbers',
  isNumber: true,
  draw(draw) {
    const whole = draw.int(1, 30)
    const [p, q] = draw.pick([
      [1, 2],
      [1, 3],
      [2, 3],
      [3, 4],
      [2, 5],
      [5, 8],
      [7, 12],
    ])
    const ways = (n: number, a: number, b: number): Spelling[] => [
      tex(raw`${n}\frac{${a}}{${b}}`),
      tex(raw`${n}\,\tfrac{${a}}{${b}}`),
      plain(`${n} ${a}/${b}`),
      tex(raw`\frac{${n * b + a}}{${b}}`),
      plain(`${n * b + a}/${b}`),
      ...(b === 2 ? [plain(`${n}.5`), plain(`${n}½`), words(`${english(n)} and a half`)] : []),
    ]
    return {
      gold: raw`${whole}\frac{${p}}{${q}}`,
      right: ways(whole, p, q),
      wrong: [
        ...ways(whole + 1, p, q),
        tex(raw`\frac{${whole * p}}{${q}}`),
        plain(`${whole}`),
        tex(raw`${whole}\frac{${p}}{${q + 1}}`),
      ],
    }
  },
}

const percentage: AnswerKind = {
  name: 'percentages',
  isNumber: true,
  draw(draw) {
    const n = draw.int(2, 98)
    const ways = (k: number): Spelling[] => [
      tex(raw`${k}\%`),
      plain(`${k}%`),
      words(`${k} percent`),
      words(`${k} per cent`),
      words(`${english(k)} percent`),
      words(`百分之${chinese(k)}`),
      plain((k / 100).toFixed(2)),
      tex(raw`\frac{${k}}{100}`),
    ]
    return {
      gold: raw`${n}\%`,
      right: [...ways(n), plain(`${n}`)],
      wrong: [...ways(draw.other(n, 2, 98)), plain(`0.${n}%`), plain(`${n}0%`)],
    }
  },
}

const repeating: AnswerKind = {
  name: 'repeating decimals',
  isNumber: true,
  draw(draw) {
    const [whole, fixed, block] = [
      draw.int(0, 9),
      draw.pick(['', `${draw.int(0, 9)}`]),
      draw.pick([draw.int(1, 8), draw.int(12, 87)]),
    ]
    const repeats = `${block}` !== fixed && (block < 10 || block % 11 !== 0)
    const b = repeats ? block : 4
    const tail = fixed === `${b}` ? '7' : fixed
    const length = `${b}`.length
    const under = 10 ** tail.length * (10 ** length - 1)
    const over = Number(`${whole}${tail}${b}`) - Number(`${whole}${tail}` || '0')
    const ways = (n: number, f: string, r: number): Spelling[] => {
      const digits = `${r}`
      return [
        tex(raw`${n}.${f}\overline{${digits}}`),
        tex(raw`${n}.${f}\bar{${digits}}`),
        tex(raw`${n}.${f}\dot{${digits[0]}}${digits.length > 1 ? raw`\dot{${digits[1]}}` : ''}`),
        plain(`${n}.${f}(${digits})`),
        plain(`${n}.${f}${digits.repeat(3)}...`),
        tex(raw`${n}.${f}${digits.repeat(3)}\ldots`),
      ]
    }
    const other = b === 8 || b === 87 ? b - 1 : b + 1
    const isOther = other < 10 || other % 11 !== 0
    return {
      gold: draw.pick([raw`${whole}.${tail}\overline{${b}}`, raw`\frac{${over}}{${under}}`]),
      right: [...ways(whole, tail, b), tex(raw`\frac{${over}}{${under}}`)],
      wrong: [
        ...(isOther ? ways(whole, tail, other) : []),
        ...ways(whole + 1, tail, b),
        plain(`${whole}.${tail}${b}`),
        tex(raw`\frac{${over}}{${10 * under}}`),
      ],
    }
  },
}

const scientific: AnswerKind = {
  name: 'powers of ten',
  isNumber: true,
  draw(draw) {
    const [a, k] = [draw.int(11, 99), draw.int(3, 12)]
    const m = a % 10 === 0 ? a + 1 : a
    const ways = (n: number, e: number): Spelling[] => {
      const mantissa = `${Math.floor(n / 10)}.${n % 10}`
      return [
        tex(raw`${mantissa} \times 10^{${e}}`),
        tex(raw`${mantissa} \cdot 10^{${e}}`),
        plain(`${mantissa}e${e}`),
        tex(`${mantissa} × 10^${e}`),
        tex(raw`${n} \times 10^{${e - 1}}`),
        plain(`${BigInt(n) * 10n ** BigInt(e - 1)}`),
      ]
    }
    return {
      gold: raw`${Math.floor(m / 10)}.${m % 10} \times 10^{${k}}`,
      right: ways(m, k),
      wrong: [
        ...ways(m, k + draw.pick([-1, 1, 3])),
        ...ways(m % 10 === 9 ? m - 1 : m + 1, k),
        tex(raw`${Math.floor(m / 10)}.${m % 10} \times 10^{-${k}}`),
        plain(`${Math.floor(m / 10)}.${m % 10}`),
      ],
    }
  },
}

const numberWords: AnswerKind = {
  name: 'numbers in words',
  isNumber: true,
  draw(draw) {
    const n = draw.pick([
      draw.int(2, 19),
      draw.int(20, 99),
      draw.int(101, 999),
      draw.int(1001, 9800),
    ])
    const ways = (k: number): Spelling[] => [
      words(english(k)),
      words(english(k).replace('-', ' ')),
      words(english(k)[0].toUpperCase() + english(k).slice(1)),
      words(`${english(k)} apples`),
      words(chinese(k)),
      words(`${chinese(k)}个`),
      ...(k % 12 === 0 ? [words(`${k / 12} dozen`)] : []),
    ]
    return {
      gold: `${n}`,
      right: ways(n),
      wrong: [
        ...ways(draw.pick([n + 1, n + 10, n + 100])),
        words(`minus ${english(n)}`),
        words(`${english(n)} and a half`),
        words(`${english(n)} thirds`),
        words(`${english(n)} dozen`),
        words(`${english(n)} million`),
        words(`负${chinese(n)}`),
        words(`${chinese(n)}万`),
      ],
    }
  },
}

const numeral: AnswerKind = {
  name: 'numerals in bases',
  isNumber: true,
  draw(draw) {
    const base = draw.pick([2, 3, 5, 7, 8, 9])
    const n = draw.int(base * base, base ** 5)
    const ways = (value: number, b: number): Spelling[] => {
      const digits = value.toString(b)
      return [
        tex(`${digits}_${b}`),
        tex(`${digits}_{${b}}`),
        tex(`(${digits})_{${b}}`),
        tex(raw`${digits}_{\text{${ONES[b]}}}`),
        words(`${digits} base ${b}`),
        words(`${digits} in base ${b}`),
        words(`${digits} (base ${b})`),
      ]
    }
    const m = n + draw.pick([1, base, base * base])
    const digits = n.toString(base)
    const otherBase = base + 1 === 10 ? 11 : base + 1
    return {
      gold: `${digits}_{${base}}`,
      right: [...ways(n, base), plain(digits)],
      wrong: [
        ...ways(m, base),
        tex(`${digits}_{${otherBase}}`),
        ...(digits === `${n}` ? [] : [tex(raw`${digits}_{10}`)]),
        plain(m.toString(base)),
      ],
    }
  },
}

const count: AnswerKind = {
  name: 'combinations',
  isNumber: true,
  draw(draw) {
    const [n, k] = [draw.int(7, 12), draw.int(2, 4)]
    const factorial = (m: number): number => (m < 2 ? 1 : m * factorial(m - 1))
    const combinations = factorial(n) / factorial(k) / factorial(n - k)
    const ways = (a: number, b: number): Spelling[] => [
      tex(raw`\binom{${a}}{${b}}`),
      tex(raw`{${a} \choose ${b}}`),
      tex(`C(${a},${b})`),
      tex(`C_{${a}}^{${b}}`),
      tex(`^{${a}}C_{${b}}`),
      tex(`{}_{${a}}C_{${b}}`),
      tex(raw`\frac{${a}!}{${b}!\,${a - b}!}`),
      plain(`${factorial(a) / factorial(b) / factorial(a - b)}`),
    ]
    const otherK = n === 2 * k + 1 ? k + 2 : k + 1
    const isOther = otherK <= n && otherK !== k && otherK + k !== n
    return {
      gold: `${combinations}`,
      right: ways(n, k),
      wrong: [
        ...(isOther ? ways(n, otherK) : []),
        ...ways(n + 1, k),
        tex(`P(${n},${k})`),
        tex(`^{${n}}P_{${k}}`),
        tex(raw`\frac{${n}!}{${k}!}`),
      ],
    }
  },
}

/** Kinds of answers that are one number. */
export const NUMBERS: readonly AnswerKind[] = [
  integer,
  largeInteger,
  decimal,
  fraction,
  mixedNumber,
  percentage,
  repeating,
  scientific,
  numberWords,
  numeral,
  count,
]
