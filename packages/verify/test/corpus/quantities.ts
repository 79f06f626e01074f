import { chinese, english, grouped } from './numbers.ts'
import { plain, tex, words, type AnswerKind, type Spelling } from './spelling.ts'

const raw = String.raw

const money: AnswerKind = {
  name: 'prices',
  isNumber: true,
  draw(draw) {
    const cents = draw.pick([100 * draw.int(2, 4000), draw.int(101, 9999)])
    const write = (c: number): string => {
      const whole = grouped(Math.floor(c / 100), ',')
      return c % 100 === 0 ? whole : `${whole}.${String(c % 100).padStart(2, '0')}`
    }
    const ways = (c: number): Spelling[] => [
      plain(`$${write(c)}`),
      tex(raw`\$${write(c)}`),
      tex(raw`\$${write(c).replace(',', '{,}')}`),
      plain(write(c)),
      words(`${write(c)} dollars`),
      plain(`${write(c)} USD`),
      plain(`${write(c)}$`),
      ...(c % 100 === 0
        ? [plain(`$${write(c)}.00`)]
        : [words(`${Math.floor(c / 100)} dollars and ${c % 100} cents`)]),
    ]
    return {
      gold: draw.pick([write(cents), raw`\$${write(cents)}`]),
      right: ways(cents),
      wrong: [
        ...ways(cents + draw.pick([100, 1000, 50])),
        plain(`-$${write(cents)}`),
        words(`minus ${write(cents)} dollars`),
        plain(`$${write(cents * 10)}`),
      ],
    }
  },
}

const CURRENCIES = [
  ['€', 'euros', 'EUR'],
  ['£', 'pounds', 'GBP'],
  ['₹', 'rupees', 'INR'],
  ['¥', 'yen', 'JPY'],
  ['₩', 'won', 'KRW'],
] as const

const currency: AnswerKind = {
  name: 'other currencies',
  isNumber: true,
  draw(draw) {
    const n = draw.int(2, 999)
    const [sign, name, code] = draw.pick(CURRENCIES)
    const [otherSign] = draw.pick(CURRENCIES.filter(([mark]) => mark !== sign))
    const isStated = draw.flip()
    const ways = (k: number): Spelling[] => [
      plain(`${sign}${k}`),
      tex(raw`\text{${sign}}${k}`),
      ...(name === 'pounds' ? [] : [words(`${k} ${name}`)]),
      words(`${code} ${k}`),
      words(`${k} ${code}`),
      plain(`${k}`),
    ]
    return {
      gold: isStated ? `${sign}${n}` : `${n}`,
      right: ways(n),
      wrong: [
        ...ways(n + draw.int(1, 20)),
        plain(`-${sign}${n}`),
        ...(isStated ? [plain(`${otherSign}${n}`), plain(`$${n}`)] : []),
      ],
    }
  },
}

const UNITS = [
  ['km', 'm', 1000, 'kilometers', 'meters'],
  ['m', 'cm', 100, 'meters', 'centimeters'],
  ['kg', 'g', 1000, 'kilograms', 'grams'],
  ['L', 'mL', 1000, 'liters', 'milliliters'],
  ['min', 's', 60, 'minutes', 'seconds'],
  ['h', 'min', 60, 'hours', 'minutes'],
] as const

const quantity: AnswerKind = {
  name: 'quantities',
  isNumber: true,
  draw(draw) {
    const n = draw.int(2, 90)
    const at = draw.int(0, UNITS.length - 1)
    const [unit, smaller, factor, name, smallerName] = UNITS[at]
    const alien = UNITS[at < 2 ? 2 : 0]
    const ways = (k: number): Spelling[] => [
      tex(raw`${k}\text{ ${unit}}`),
      tex(raw`${k}\,\mathrm{${unit}}`),
      words(`${k} ${name}`),
      tex(raw`${k * factor} \text{ ${smaller}}`),
      words(`${k * factor} ${smallerName}`),
      plain(`${k}`),
    ]
    return {
      gold: raw`${n}\text{ ${unit}}`,
      right: ways(n),
      wrong: [
        ...ways(n + draw.int(1, 9)),
        tex(raw`${n}\text{ ${smaller}}`),
        words(`${n} ${smallerName}`),
        tex(raw`${n}\text{ ${alien[0]}}`),
        words(`${n} ${alien[3]}`),
        tex(raw`-${n}\text{ ${unit}}`),
        plain(`${n * factor}`),
      ],
    }
  },
}

const squareQuantity: AnswerKind = {
  name: 'compound units',
  isNumber: true,
  draw(draw) {
    const n = draw.int(2, 90)
    const [ways, alien] = draw.pick([
      [
        (k: number): Spelling[] => [
          tex(raw`${k}\text{ m/s}`),
          words(`${k} meters per second`),
          tex(raw`${k} \frac{\text{m}}{\text{s}}`),
          tex(raw`${k}\,\mathrm{m\,s^{-1}}`),
          plain(`${k}`),
        ],
        ['m', 's', 'km/h', 'J'],
      ],
      [
        (k: number): Spelling[] => [
          tex(raw`${k}\text{ cm}^2`),
          tex(raw`${k}\text{ cm}^{2}`),
          words(`${k} square centimeters`),
          words(`${k} sq cm`),
          words(`${k}平方厘米`),
          words(`${k} square units`),
          plain(`${k}`),
        ],
        ['m', 's', 'kg', 'L'],
      ],
      [
        (k: number): Spelling[] => [
          tex(raw`${k}\text{ N}`),
          words(`${k} newtons`),
          tex(raw`${k}\ \mathrm{kg\cdot m/s^2}`),
          plain(`${k}`),
        ],
        ['J', 'kg', 'W', 'kN'],
      ],
    ] as const)
    return {
      gold: ways(n)[0].text,
      right: ways(n),
      wrong: [
        ...ways(n + draw.int(1, 9)),
        ...alien.map((unit) => tex(raw`${n}\text{ ${unit}}`)),
        tex(raw`-${n}`),
      ],
    }
  },
}

const PARTS = [
  ['hours', 'minutes', 60, 'h', 'min', '小时', '分钟'],
  ['feet', 'inches', 12, 'ft', 'in', '', ''],
  ['kilograms', 'grams', 1000, 'kg', 'g', '千克', '克'],
  ['minutes', 'seconds', 60, 'min', 's', '分钟', '秒'],
] as const

const parts: AnswerKind = {
  name: 'quantities in two units',
  isNumber: true,
  draw(draw) {
    const [large, small, factor, l, s, hanLarge, hanSmall] = draw.pick(PARTS)
    const [a, b] = [draw.int(2, 9), draw.int(2, factor - 1)]
    const ways = (x: number, y: number): Spelling[] => [
      words(`${x} ${large} ${y} ${small}`),
      words(`${x} ${large} and ${y} ${small}`),
      words(`${x} ${large}, ${y} ${small}`),
      tex(raw`${x} \text{ ${large} } ${y} \text{ ${small}}`),
      tex(raw`${x}\text{ ${l} }${y}\text{ ${s}}`),
      tex(raw`${x * factor + y} \text{ ${small}}`),
      words(`${x * factor + y} ${small}`),
      ...(hanLarge ? [words(`${x}${hanLarge}${y}${hanSmall}`)] : []),
      ...(large === 'hours' ? [words(`${x}h ${y}m`)] : []),
    ]
    return {
      gold: draw.pick([
        raw`${a} \text{ ${large} } ${b} \text{ ${small}}`,
        raw`${a * factor + b} \text{ ${small}}`,
      ]),
      right: ways(a, b),
      wrong: [
        ...ways(a + 1, b),
        ...(b + 1 < factor ? ways(a, b + 1) : []),
        words(`${a} ${large}`),
        words(`${b} ${small}`),
      ],
    }
  },
}

const clock: AnswerKind = {
  name: 'times of day',
  isNumber: false,
  draw(draw) {
    const [hour, minute] = [draw.int(1, 11), draw.int(10, 58)]
    const ways = (h: number, m: number, half: 'a' | 'p'): Spelling[] => [
      plain(`${h}:${m} ${half.toUpperCase()}M`),
      words(`${h}:${m} ${half}.m.`),
      tex(raw`${h}:${m} \text{ ${half}.m.}`),
      tex(raw`${h}{:}${m}\text{ ${half.toUpperCase()}M}`),
      words(`${h}:${m}${half}m`),
      ...(half === 'p' ? [plain(`${h + 12}:${m}`)] : []),
    ]
    const half = draw.pick(['a', 'p'] as const)
    return {
      gold: raw`${hour}:${minute} \text{ ${half}.m.}`,
      right: ways(hour, minute, half),
      wrong: [
        ...ways(hour, minute, half === 'a' ? 'p' : 'a'),
        ...ways(hour, minute + 1, half),
        plain(`${hour}.${minute}`),
        plain(`${minute}:${String(hour).padStart(2, '0')}`),
      ],
    }
  },
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const date: AnswerKind = {
  name: 'dates',
  isNumber: false,
  draw(draw) {
    const [month, day] = [draw.int(0, 11), draw.int(4, 20)]
    const ways = (m: number, d: number): Spelling[] => [
      words(`${MONTHS[m]} ${d}`),
      words(`${MONTHS[m]} ${d}th`),
      words(`${d} ${MONTHS[m]}`),
      words(`the ${d}th of ${MONTHS[m]}`),
      words(`${MONTHS[m].slice(0, 3)} ${d}`),
      words(`${m + 1}月${d}日`),
    ]
    return {
      gold: draw.pick([raw`\text{${MONTHS[month]} ${day}}`, `${MONTHS[month]} ${day}`]),
      right: ways(month, day),
      wrong: [
        ...ways(draw.other(month, 0, 11), day),
        ...ways(month, day + 1),
        plain(`${day}`),
        words(MONTHS[month]),
      ],
    }
  },
}

const angle: AnswerKind = {
  name: 'angles',
  isNumber: true,
  draw(draw) {
    const [p, q] = draw.pick([
      [1, 6],
      [1, 4],
      [1, 3],
      [2, 3],
      [3, 4],
      [5, 6],
      [1, 12],
      [1, 10],
      [2, 5],
    ])
    const degrees = (180 * p) / q
    const inDegrees = (d: number): Spelling[] => [
      tex(raw`${d}^\circ`),
      tex(raw`${d}^{\circ}`),
      plain(`${d}°`),
      words(`${d} degrees`),
    ]
    const inRadians = (a: number, b: number): Spelling[] => {
      const over = a === 1 ? '' : `${a}`
      return [
        tex(raw`\frac{${over}\pi}{${b}}`),
        plain(`${over}π/${b}`),
        tex(raw`\frac{${over}\pi}{${b}}\text{ radians}`),
      ]
    }
    const isRadian = draw.flip()
    return {
      gold: isRadian ? raw`\frac{${p === 1 ? '' : p}\pi}{${q}}` : raw`${degrees}^\circ`,
      right: [
        ...inDegrees(degrees),
        ...inRadians(p, q),
        ...(isRadian ? [] : [plain(`${degrees}`)]),
      ],
      wrong: [
        ...inDegrees(180 - degrees === degrees ? 2 * degrees : 180 - degrees),
        ...inDegrees(degrees + 1),
        ...inRadians(p, q + 1),
        tex(raw`${degrees}\pi`),
        ...(isRadian ? [plain(`${degrees}`)] : [words(`${degrees} radians`)]),
      ],
    }
  },
}

const ordinalCount: AnswerKind = {
  name: 'counts of things',
  isNumber: true,
  draw(draw) {
    const n = draw.int(4, 200)
    const noun = draw.pick(['ways', 'apples', 'students', 'triangles', 'marbles'])
    const ways = (k: number): Spelling[] => [
      plain(`${k}`),
      tex(raw`${k}\text{ ${noun}}`),
      words(`${k} ${noun}`),
      words(`${k} different ${noun}`),
      words(`${k}个`),
      words(`${k} 种`),
      words(`${english(k)} ${noun}`),
      words(`${chinese(k)}个`),
    ]
    return {
      gold: draw.pick([`${n}`, raw`${n}\text{ ${noun}}`]),
      right: ways(n),
      wrong: [
        ...ways(n + draw.int(1, 9)),
        words(`${n} dozen ${noun}`),
        words(`${n} thousand ${noun}`),
        words(`${n} and a half`),
        words(`${n} squared`),
        words(`minus ${n}`),
        words(`half of ${n}`),
        words(`${n}万个`),
      ],
    }
  },
}

/** Kinds of answers that are numbers with units, times and dates. */
export const QUANTITIES: readonly AnswerKind[] = [
  money,
  currency,
  quantity,
  squareQuantity,
  parts,
  clock,
  date,
  angle,
  ordinalCount,
]
