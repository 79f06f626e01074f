import { plain, tex, words, type AnswerKind, type Spelling } from './spelling.ts'

const raw = String.raw

/** `+3`, `-3`, nothing for 0. */
function signed(n: number, behind = ''): string {
  if (n === 0) return ''
  const size = behind !== '' && Math.abs(n) === 1 ? '' : `${Math.abs(n)}`
  return `${n < 0 ? '-' : '+'}${size}${behind}`
}

/** A leading coefficient: nothing for 1. */
function leading(n: number, behind: string): string {
  return `${n === 1 ? '' : n === -1 ? '-' : n}${behind}`
}

const root: AnswerKind = {
  name: 'roots',
  isNumber: true,
  draw(draw) {
    const [a, b] = [draw.int(2, 12), draw.pick([2, 3, 5, 6, 7, 10, 11, 13])]
    const ways = (m: number, n: number): Spelling[] => [
      tex(raw`${m}\sqrt{${n}}`),
      tex(raw`${m} \cdot \sqrt{${n}}`),
      tex(raw`\sqrt{${m * m * n}}`),
      tex(`${m}√${n}`),
      plain(`${m}*sqrt(${n})`),
      tex(raw`\frac{${m * n}}{\sqrt{${n}}}`),
      tex(raw`${m}\cdot ${n}^{1/2}`),
      ...(n < 10 ? [tex(raw`${m}\sqrt${n}`)] : []),
    ]
    return {
      gold: raw`${a}\sqrt{${b}}`,
      right: ways(a, b),
      wrong: [
        ...ways(a, b + 1 === 4 || b + 1 === 8 || b + 1 === 12 ? 15 : b + 1),
        ...ways(a + 1, b),
        tex(raw`-${a}\sqrt{${b}}`),
        tex(raw`${a}\sqrt[3]{${b}}`),
        plain((a * Math.sqrt(b)).toFixed(2)),
        plain(`${a * b}`),
      ],
    }
  },
}

const multipleOfPi: AnswerKind = {
  name: 'multiples of π',
  isNumber: true,
  draw(draw) {
    const [a, b] = [draw.int(2, 60), draw.pick([1, 3, 7])]
    const ways = (m: number, n: number): Spelling[] =>
      n === 1
        ? [
            tex(raw`${m}\pi`),
            tex(raw`${m} \cdot \pi`),
            plain(`${m}π`),
            tex(raw`\pi \cdot ${m}`),
            plain(`${m}*pi`),
            tex(raw`${m}\pi \text{ cm}^2`),
            tex(`${m}𝜋`),
          ]
        : [
            tex(raw`\frac{${m}\pi}{${n}}`),
            tex(raw`\frac{${m}}{${n}}\pi`),
            plain(`${m}π/${n}`),
            tex(raw`\dfrac{${2 * m}\pi}{${2 * n}}`),
          ]
    return {
      gold: ways(a, b)[0].text,
      right: ways(a, b),
      wrong: [
        ...ways(a + 1, b),
        plain(`${a}`),
        tex(raw`${a}\pi^2`),
        plain(((a / b) * Math.PI).toFixed(2)),
        tex(raw`-${a}\pi`),
      ],
    }
  },
}

const complex: AnswerKind = {
  name: 'complex numbers',
  isNumber: false,
  draw(draw) {
    const [a, b] = [draw.int(-9, 9), draw.pick([-7, -3, -2, 2, 3, 5, 8])]
    const ways = (m: number, n: number): Spelling[] => [
      tex(`${m}${signed(n, 'i')}`),
      tex(`${leading(n, 'i')}${signed(m)}`),
      tex(`z = ${m}${signed(n, 'i')}`),
      tex(raw`${m}${signed(n, raw`\mathrm{i}`)}`),
      plain(`${m} ${n < 0 ? '-' : '+'} ${Math.abs(n)}i`),
    ]
    return {
      gold: `${a}${signed(b, 'i')}`,
      right: ways(a, b),
      wrong: [
        ...ways(a, -b),
        ...ways(a + 1, b),
        ...(a === b ? [] : ways(b, a || 1)),
        plain(`${a}`),
      ],
    }
  },
}

const polynomial: AnswerKind = {
  name: 'polynomials',
  isNumber: false,
  draw(draw) {
    const [a, b] = [draw.int(-9, 9), draw.int(-9, 9)]
    const ways = (m: number, n: number): Spelling[] => [
      tex(`x^2${signed(m + n, 'x')}${signed(m * n)}`),
      tex(`(x${signed(m)})(x${signed(n)})`),
      tex(`(x${signed(n)})(x${signed(m)})`),
      tex(`x^{2}${signed(m + n, 'x')}${signed(m * n)}`),
      tex(`f(x) = x^2${signed(m + n, 'x')}${signed(m * n)}`),
      tex(`x²${signed(m + n, 'x')}${signed(m * n)}`),
      tex(`x(x${signed(m + n)})${signed(m * n)}`),
      tex(raw`x \cdot x${signed(m + n, 'x')}${signed(m * n)}`),
    ]
    return {
      gold: `x^2${signed(a + b, 'x')}${signed(a * b)}`,
      right: ways(a, b),
      wrong: [
        ...ways(a + 1, b + 10),
        tex(`x^2${signed(a + b, 'x')}${signed(a * b + 1)}`),
        tex(`x^3${signed(a + b, 'x')}${signed(a * b)}`),
        tex(`-x^2${signed(a + b, 'x')}${signed(a * b)}`),
        tex(`y^2${signed(a + b, 'y')}${signed(a * b)}`),
      ],
    }
  },
}

const line: AnswerKind = {
  name: 'equations of lines',
  isNumber: false,
  draw(draw) {
    const [m, c] = [draw.pick([-5, -3, -2, 2, 3, 4, 7]), draw.pick([-8, -5, -1, 1, 2, 6, 9])]
    const ways = (a: number, b: number): Spelling[] => [
      tex(`y = ${a}x${signed(b)}`),
      plain(`y = ${a}x ${b < 0 ? '-' : '+'} ${Math.abs(b)}`),
      tex(`${a}x - y${signed(b)} = 0`),
      tex(`y${signed(-a, 'x')} = ${b}`),
      tex(`2y = ${2 * a}x${signed(2 * b)}`),
      tex(`${a}x${signed(b)} = y`),
    ]
    return {
      gold: `y = ${m}x${signed(c)}`,
      right: ways(m, c),
      wrong: [
        ...ways(m + 1 || 8, c),
        ...ways(m, -c),
        tex(`x = ${m}y${signed(c)}`),
        tex(`y = ${m}x^2${signed(c)}`),
        plain(`${m}`),
        tex(`y > ${m}x${signed(c)}`),
      ],
    }
  },
}

const antiderivative: AnswerKind = {
  name: 'antiderivatives',
  isNumber: false,
  draw(draw) {
    const [a, k] = [draw.int(2, 9), draw.int(2, 5)]
    const ways = (n: number, e: number): Spelling[] => [
      tex(raw`${n}x^{${e}} + C`),
      tex(raw`${n}x^{${e}} + c`),
      tex(raw`C + ${n}x^${e}`),
      tex(raw`${n} \cdot x^{${e}} + C`),
      tex(raw`F(x) = ${n}x^{${e}} + C`),
      tex(raw`\frac{${2 * n}x^{${e}}}{2} + C`),
    ]
    return {
      gold: raw`${a}x^{${k}} + C`,
      right: ways(a, k),
      wrong: [
        ...ways(a + 1, k),
        ...ways(a, k + 1),
        tex(raw`${a}x^{${k}}`),
        tex(raw`-${a}x^{${k}} + C`),
      ],
    }
  },
}

const parameter: AnswerKind = {
  name: 'qualified parameters',
  isNumber: false,
  draw(draw) {
    const [a, b] = [draw.int(2, 9), draw.int(1, 8)]
    const ways = (m: number, n: number): Spelling[] => [
      tex(raw`${m}k + ${n}`),
      tex(raw`${m}k + ${n}, k \in \mathbb{Z}`),
      tex(raw`${m}k + ${n} \ (k \in \mathbb{Z})`),
      tex(raw`x = ${m}k + ${n},\ k \in \mathbb{Z}`),
      tex(raw`${m}k + ${n} \text{ for any integer } k`),
      tex(raw`${m}k + ${n} \text{ where } k \text{ is an integer}`),
      tex(raw`${n} + ${m}k, \quad k \in \mathbb{Z}`),
      tex(raw`${m}n + ${n}, n \in \mathbb{Z}`),
    ]
    return {
      gold: raw`${a}k + ${b}, k \in \mathbb{Z}`,
      right: ways(a, b),
      wrong: [
        ...ways(a + 1, b),
        ...ways(a, b + 1),
        tex(raw`${a}k + ${b}, k \in \mathbb{N}`),
        tex(`${b}`),
        ...((2 * b) % a === 0 ? [] : [tex(raw`${a}k - ${b}, k \in \mathbb{Z}`)]),
      ],
    }
  },
}

const piecewise: AnswerKind = {
  name: 'cases with conditions',
  isNumber: false,
  draw(draw) {
    const [a, b, c] = [draw.int(2, 9), draw.int(2, 9), draw.int(-5, 9)]
    const ways = (m: string, n: string, at: number): Spelling[] => [
      tex(raw`\begin{cases} ${m} & x \ge ${at} \\ ${n} & x < ${at} \end{cases}`),
      tex(raw`\begin{cases} ${n} & x < ${at} \\ ${m} & x \ge ${at} \end{cases}`),
      tex(
        raw`\begin{cases} ${m}, & \text{if } x \geq ${at}, \\ ${n}, & \text{if } x < ${at}. \end{cases}`,
      ),
      tex(raw`f(x) = \begin{cases} ${m} & x \ge ${at} \\ ${n} & \text{otherwise} \end{cases}`),
      tex(raw`\left\{\begin{array}{ll} ${m} & x \ge ${at} \\ ${n} & x < ${at} \end{array}\right.`),
      tex(raw`${m} \text{ if } x \ge ${at}, ${n} \text{ if } x < ${at}`),
      tex(raw`${n} \text{ for } x < ${at} \text{ and } ${m} \text{ for } x \ge ${at}`),
    ]
    const [m, n] = [`${a}x`, `-${b}x`]
    return {
      gold: ways(m, n, c)[0].text,
      right: ways(m, n, c),
      wrong: [
        ...ways(n, m, c),
        ...ways(m, n, c + 1),
        ...ways(`${a + 1}x`, n, c),
        tex(m),
        tex(n),
        tex(`${m}, ${n}`),
      ],
    }
  },
}

const OPTIONS = [
  '12',
  '24',
  '36',
  'Paris',
  'the second one',
  raw`\frac{1}{2}`,
  '48',
  'none of these',
]

const choice: AnswerKind = {
  name: 'letters of options',
  isNumber: false,
  draw(draw) {
    const at = draw.int(0, 4)
    const ways = (letter: string): Spelling[] => [
      plain(letter),
      plain(`(${letter})`),
      words(letter),
      words(`(${letter})`),
      words(`${letter}) ${draw.pick(['Paris', 'the second one'])}`),
      words(`${letter}. ${draw.pick(['Paris', 'the second one'])}`),
      tex(raw`\textbf{(${letter})}`),
      tex(raw`\textbf{(${letter})}\ 24`),
      tex(raw`\mathrm{${letter}}`),
    ]
    const [right, other] = ['ABCDE'[at], 'ABCDE'[draw.other(at, 0, 4)]]
    return {
      gold: draw.pick([right, `(${right})`, raw`\text{(${right})}`]),
      right: ways(right),
      wrong: [
        ...ways(other),
        words('(A) (B) (C) (D) (E)'),
        words('A) B) C) D) E)'),
        words(`${right} or ${other}`),
        words(`${other} or ${right}`),
        words(`${right}) is wrong, ${other}) is right`),
        words(`not ${right}`),
        plain('A, B, C, D, E'),
      ],
    }
  },
}

const choiceWithText: AnswerKind = {
  name: 'options with their text',
  isNumber: false,
  draw(draw) {
    const [text, otherText] = draw.some(OPTIONS, 2)
    const at = draw.int(0, 4)
    const [letter, other] = ['ABCDE'[at], 'ABCDE'[draw.other(at, 0, 4)]]
    const alone = text.startsWith('\\') ? tex(text) : /^\d/.test(text) ? plain(text) : words(text)
    const ways = (l: string, t: string): Spelling[] =>
      t.startsWith('\\')
        ? [
            tex(raw`\textbf{(${l})}\ ${t}`),
            tex(raw`\text{(${l}) } ${t}`),
            tex(raw`\text{${l}. } ${t}`),
          ]
        : [
            words(`(${l}) ${t}`),
            words(`${l}) ${t}`),
            words(`${l}. ${t}`),
            words(`${l}: ${t}`),
            tex(raw`\text{(${l})}\ \text{${t}}`),
          ]
    return {
      gold:
        ways(letter, text)[0].form === 'tex' ? ways(letter, text)[0].text : `(${letter}) ${text}`,
      right: [...ways(letter, text), plain(letter), words(letter), plain(`(${letter})`), alone],
      wrong: [
        ...ways(other, otherText),
        ...ways(other, text),
        plain(other),
        words(`(${other})`),
        words(otherText.startsWith('\\') ? 'one third' : otherText),
      ],
    }
  },
}

const WORDS = [
  'Monday',
  'Tuesday',
  'Alice',
  'Evelyn',
  'circle',
  'hexagon',
  'blue',
  'isosceles',
  'Yes',
  'No',
  'True',
  'False',
]

const word: AnswerKind = {
  name: 'words',
  isNumber: false,
  draw(draw) {
    const [right, ...others] = draw.some(WORDS, 4)
    const ways = (text: string): Spelling[] => [
      words(text),
      words(text.toLowerCase()),
      tex(raw`\textbf{${text}}`),
      tex(raw`\mathrm{${text}}`),
      words(`${text}.`),
    ]
    return {
      gold: raw`\text{${right}}`,
      right: ways(right),
      wrong: [...others.flatMap(ways), words(`not ${right}`), words(`${right} or ${others[0]}`)],
    }
  },
}

/** Kinds of answers that are formulas, options or words. */
export const EXPRESSIONS: readonly AnswerKind[] = [
  root,
  multipleOfPi,
  complex,
  polynomial,
  line,
  antiderivative,
  parameter,
  piecewise,
  choice,
  choiceWithText,
  word,
]
