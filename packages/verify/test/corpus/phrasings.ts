import type { Draw } from './draw.ts'
import { inFormula, inProse, type AnswerKind, type Spelling } from './spelling.ts'

const raw = String.raw

/** A way to say an answer in a response. */
export interface CorpusPhrasing {
  readonly name: string
  readonly language: 'English' | 'Chinese'
  /** Whether it can say this spelling; default: any. */
  readonly fits?: (spelling: Spelling, kind: AnswerKind) => boolean
  /** @param step another answer, which a step before the answer gives */
  readonly write: (answer: Spelling, step: string, draw: Draw) => string
}

const box = (spelling: Spelling): string => raw`\boxed{${inFormula(spelling)}}`

const TALK = [
  'Let us set up the quantities in the question.\n\n',
  'From the first condition we have $a + b = 7$ and $ab = 12$, so $a^2 + b^2 = 25$.\n\n',
  '## Step 1\n\nSubstituting gives \\[ 38k + 86 = m. \\]\n\n',
  '1. First, 3 of the 8 cases drop out.\n2. The others are alike.\n\n',
  '',
]
const HAN_TALK = [
  '首先，设共有3个班，每班8人。\n\n',
  '由题意得 $a + b = 7$，$ab = 12$。\n\n',
  '解：\n\n',
  '',
]

const isAlone = ({ form, text }: Spelling): boolean =>
  form !== 'tex' && !/[.,]$|^\d+\)|"/.test(text)
const isDigits = ({ form, text }: Spelling): boolean =>
  form === 'plain' && /^[-−]?\$?\d[\d,]*(?:\.\d+)?$/.test(text)

/** Ways to say an answer, in English and in Chinese. */
export const CORPUS_PHRASINGS: readonly CorpusPhrasing[] = [
  {
    name: 'a box',
    language: 'English',
    write: (answer) => box(answer),
  },
  {
    name: 'a box at the end',
    language: 'English',
    write: (answer, _, draw) =>
      draw.pick(TALK) +
      draw.pick([
        `Therefore, the answer is $${box(answer)}$.`,
        `So we get ${box(answer)}.`,
        `**Final Answer**\n\n\\[\n${box(answer)}\n\\]`,
        `The final answer is:\n$$${box(answer)}$$`,
        `\\(${box(answer)}\\)`,
      ]),
  },
  {
    name: 'a box, then an explanation',
    language: 'English',
    write: (answer, _, draw) =>
      `${draw.pick(TALK)}$${box(answer)}$\n\n${draw.pick(['This follows since 3 + 4 = 7.', 'The other 2 cases are alike.', 'Check: $2 + 2 = 4$.'])}`,
  },
  {
    name: 'a box corrected',
    language: 'English',
    write: (answer, step) =>
      `First I thought it is $\\boxed{${step}}$.\n\nThat was wrong. The answer is $${box(answer)}$.`,
  },
  {
    name: 'thinking, then a box',
    language: 'English',
    write: (answer, step) =>
      `<think>\nMaybe \\boxed{${step}}? Let me see. The answer is ${step}.\n</think>\n\n$${box(answer)}$`,
  },
  {
    name: 'a boxed step, then a final answer',
    language: 'English',
    write: (answer, step, draw) =>
      `We have $\\boxed{${step}}$ in the first step.\n\n${draw.pick(['Final answer: ', '**Final Answer:** ', 'Answer: '])}$${inFormula(answer)}$`,
  },
  {
    name: 'announced as a formula',
    language: 'English',
    write: (answer, _, draw) =>
      `${draw.pick(TALK)}${draw.pick(['The answer is', 'The final answer is', 'So the answer is', 'Answer:', '**Answer:**', 'Final answer:'])} $${inFormula(answer)}$.`,
  },
  {
    name: 'announced in a display',
    language: 'English',
    write: (answer, _, draw) =>
      draw.pick(TALK) +
      draw.pick([
        `**Final Answer**\n\n$$${inFormula(answer)}$$`,
        `The answer is\n\\[ ${inFormula(answer)} \\]`,
        `$$\\text{Answer: } ${inFormula(answer)}$$`,
        `\\[ \\text{Final Answer: } ${inFormula(answer)} \\]`,
      ]),
  },
  {
    name: 'announced in words',
    language: 'English',
    fits: isAlone,
    write: (answer, _, draw) =>
      draw.pick(TALK) +
      draw.pick([
        `The answer is ${inProse(answer)}.`,
        `**Answer:** ${inProse(answer)}`,
        `Final Answer: ${inProse(answer)}`,
        `So the final answer is **${inProse(answer)}**.`,
        `### Final Answer\n\n${inProse(answer)}`,
      ]),
  },
  {
    name: 'announced, then another number',
    language: 'English',
    fits: (spelling, kind) => kind.isNumber && spelling.form !== 'words' && isAlone(spelling),
    write: (answer, _, draw) =>
      `${draw.pick(TALK)}The answer is ${inProse(answer)} ${draw.pick(['for 7 days', 'after 2 days', 'because 3 of the 8 cases drop out', 'in 3 of 8 cases', '(see step 2)'])}.`,
  },
  {
    name: '####',
    language: 'English',
    fits: isAlone,
    write: (answer, _, draw) => `${draw.pick(TALK)}#### ${inProse(answer)}`,
  },
  {
    name: 'tags and objects',
    language: 'English',
    fits: isAlone,
    write: (answer, step, draw) =>
      draw.pick([
        `<think>${step}</think><answer>${inProse(answer)}</answer>`,
        `It may be ${step}.\n<answer>\n${inProse(answer)}\n</answer>`,
        `<final_answer>${inProse(answer)}</final_answer>`,
        JSON.stringify({ reasoning: `it is not ${step}`, answer: inProse(answer) }),
        `\`\`\`json\n${JSON.stringify({ final_answer: inProse(answer) })}\n\`\`\``,
      ]),
  },
  {
    name: 'a number behind a formula',
    language: 'English',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (answer, step, draw) =>
      draw.pick([
        `With $n = 3$ we have a total of ${inProse(answer)} of them.`,
        `Because $x > 0$, we conclude that there are **${inProse(answer)}**.`,
        `Since \\(p = 3\\), the result is ${inProse(answer)}.`,
        `We saw ${step} first. Solving $2x + 5y = 100$ gives ${inProse(answer)}.`,
      ]),
  },
  {
    name: 'the last number of a text',
    language: 'English',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (answer, step, draw) =>
      draw.pick([
        `There were ${step} of them before, and now there are ${inProse(answer)}.`,
        `First we add 3 and 4. So she has ${inProse(answer)} in all.`,
        `3 + 4 = 7, and in the end the total is **${inProse(answer)}**.`,
      ]),
  },
  {
    name: 'a box in a chain of steps',
    language: 'English',
    write: (answer, _, draw) =>
      draw.pick(TALK) +
      draw.pick([
        raw`\begin{align*} m &= 3 \cdot 4 + 5 \\ &= ${box(answer)} \end{align*}`,
        raw`\[ \begin{aligned} &3 \cdot 4 + 5 \\ &= ${box(answer)}. \end{aligned} \]`,
        raw`$$38k + 86 = m \implies ${box(answer)}$$`,
      ]),
  },
  {
    name: 'the end of a calculation',
    language: 'English',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (answer, step, draw) =>
      draw.pick([
        `First 3 + 4 = ${step}. Then the total = **${inProse(answer)}**`,
        `Total: 3 x 4 + ${step} = ${inProse(answer)}`,
        `It was ${step} at first.\n\nSo 3*4 + 5 = ${inProse(answer)}.`,
        `So she has 3 + 4 = <<3+4=7>>7 boxes and needs ${inProse(answer)} more.`,
      ]),
  },
  {
    name: 'announced in another language',
    language: 'English',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (answer, step, draw) =>
      draw.pick([
        `Primero ${step}. La respuesta es ${inProse(answer)}.`,
        `Réponse : ${inProse(answer)}`,
        `Сначала ${step}. Ответ: ${inProse(answer)}.`,
        `Die Antwort ist ${inProse(answer)}.`,
        `정답은 ${inProse(answer)}입니다.`,
        `答えは${inProse(answer)}です。`,
      ]),
  },
  {
    name: 'the last number of a Chinese text',
    language: 'Chinese',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (answer, step, draw) =>
      draw.pick([
        `开始时有 ${step} 个。所以一共有${inProse(answer)}个。`,
        `答：小明一共有${inProse(answer)}个苹果。`,
        `先得 ${step}，再加上 5，结果是${inProse(answer)}。`,
      ]),
  },
  {
    name: 'a Chinese box',
    language: 'Chinese',
    write: (answer, _, draw) =>
      draw.pick(HAN_TALK) +
      draw.pick([
        `因此，答案是 $${box(answer)}$。`,
        `综上所述，答案为 ${box(answer)}。`,
        `故答案为：\\(${box(answer)}\\)．`,
      ]),
  },
  {
    name: 'a Chinese announcement, a formula',
    language: 'Chinese',
    write: (answer, _, draw) =>
      draw.pick(HAN_TALK) +
      draw.pick([
        `因此，答案是 $${inFormula(answer)}$。`,
        `**答案：** $${inFormula(answer)}$`,
        `故答案为 $${inFormula(answer)}$．`,
        `最终答案：$${inFormula(answer)}$`,
      ]),
  },
  {
    name: 'a Chinese announcement, words',
    language: 'Chinese',
    fits: isAlone,
    write: (answer, _, draw) =>
      draw.pick(HAN_TALK) +
      draw.pick([
        `因此，答案是${inProse(answer)}。`,
        `答案：${inProse(answer)}`,
        `最终答案是 ${inProse(answer)}。`,
        `**答案：** ${inProse(answer)}\n\n（共3步）`,
      ]),
  },
]

/** A way to name the right answer without giving it: never to be accepted. */
export interface Evasion {
  readonly name: string
  readonly fits?: (spelling: Spelling, kind: AnswerKind) => boolean
  readonly write: (right: Spelling, wrong: Spelling, draw: Draw) => string
}

const isShort = ({ form }: Spelling): boolean => form !== 'tex'

/** Two answers, conditions, an answer taken back or denied. */
export const EVASIONS: readonly Evasion[] = [
  {
    name: 'one of two answers',
    write: (right, wrong, draw) => {
      const both = draw.flip() ? [right, wrong] : [wrong, right]
      const [a, b] = both.map(inFormula)
      return draw.pick([
        raw`\boxed{${a} \text{ or } ${b}}`,
        raw`\boxed{${a}, ${b}}`,
        raw`$\boxed{${a}}$ or $\boxed{${b}}$`,
        raw`The answer is $${a}$ or $${b}$.`,
        raw`答案是 $${a}$ 或 $${b}$。`,
      ])
    },
  },
  {
    name: 'an answer under a condition, another under another',
    write: (right, wrong, draw) => {
      const both = draw.flip() ? [right, wrong] : [wrong, right]
      const [a, b] = both.map(inFormula)
      return draw.pick([
        raw`\boxed{${a} \text{ if yes, } ${b} \text{ if no}}`,
        raw`\boxed{${a} \text{ when } n = 1 \text{ and } ${b} \text{ when } n = 2}`,
        raw`\boxed{${a} \text{ assuming it is, } ${b} \text{ otherwise}}`,
        raw`\boxed{${a} \text{ for } t > 0, ${b} \text{ for } t < 0}`,
        raw`\boxed{\begin{cases} ${a} & t > 0 \\ ${b} & t \le 0 \end{cases}}`,
      ])
    },
  },
  {
    name: 'an answer denied',
    fits: isShort,
    write: (right, _, draw) =>
      draw.pick([
        `The answer is not ${inProse(right)}.`,
        raw`\boxed{\text{not } ${inFormula(right)}}`,
        `It cannot be ${inProse(right)}.`,
        `The answer isn't ${inProse(right)}.`,
        `答案不是${inProse(right)}。`,
      ]),
  },
  {
    name: 'an answer taken back',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (right, wrong, draw) =>
      draw.pick([
        raw`First I thought it is \boxed{${inFormula(right)}}. No, it is \boxed{${inFormula(wrong)}}.`,
        raw`The answer is $${inFormula(right)}$. Correction: the answer is $${inFormula(wrong)}$.`,
        raw`<think>It is \boxed{${inFormula(right)}}.</think>The answer is $${inFormula(wrong)}$.`,
        JSON.stringify({ guess: inProse(right), answer: inFormula(wrong) }),
        `<answer>${inFormula(wrong)}</answer> ${inProse(right)}`,
      ]),
  },
  {
    name: 'a bound or a part instead of a number',
    fits: (spelling, kind) => kind.isNumber && isDigits(spelling),
    write: (right, _, draw) =>
      draw.pick([
        `The answer is at least ${inProse(right)}.`,
        `The answer is less than ${inProse(right)}.`,
        `The answer is more than ${inProse(right)}.`,
        `The answer is half of ${inProse(right)}.`,
        `The answer is the square root of ${inProse(right)}.`,
        raw`\boxed{\text{twice } ${inFormula(right)}}`,
        raw`\boxed{> ${inFormula(right)}}`,
        raw`\boxed{${inFormula(right)} \text{ dozen}}`,
        raw`\boxed{${inFormula(right)} \text{ squared}}`,
        raw`\boxed{${inFormula(right)} \pm 1}`,
        `The answer is ${inProse(right)} million.`,
        `The answer is minus ${inProse(right)}.`.replace('minus -', 'minus 1'),
        `答案大于${inProse(right)}。`,
      ]),
  },
]
