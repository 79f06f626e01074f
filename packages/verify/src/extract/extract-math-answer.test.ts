import { describe, expect, it } from 'vitest'
import { extractGoldAnswer, extractMathAnswer } from './extract-math-answer.ts'

const talk = 'We have $a + b = 5$ and \\[ x = 3y. \\]\n\n'

describe('extractMathAnswer', () => {
  it.each([
    // boxes
    ['\\boxed{42}', '42'],
    ['first \\boxed{41}, then \\boxed{\\frac{1}{2}}.', '\\frac{1}{2}'],
    ['\\boxed {\\{1, \\{2\\}\\}}', '\\{1, \\{2\\}\\}'],
    ['\\fbox{7}', '7'],
    ['\\boxed 5', '5'],
    ['\\boxed{\\boxed{3}}', '\\boxed{3}'],
    ['\\\\boxed{3}', '3'],
    ['$\\boxed{2}$ and $\\boxed{3}$', '2, 3'],
    ['\\boxed{2}, \\boxed{3} or \\boxed{4}', '2, 3, 4'],
    ['$$\\boxed{(3, 3)} \\text{ for part (a) and } \\boxed{(1, 1)}$$', '(3, 3), (1, 1)'],
    ['\\($y_1 = \\boxed{a} \\) and \\( y_2 = \\boxed{b} \\)', 'a, b'],
    ['It cannot be $\\boxed{1}$, so it has to be $\\boxed{2}$.', '2'],
    ['\\boxed{1} \\boxed{2}', '1, 2'],
    ['\\boxed{5} (as asked, within \\boxed{}.)', '5'],
    ['\\boxed{5} and \\boxed{6', '5'],
    ['\\boxed{5', undefined],
    ['\\boxed{}', undefined],
    // thinking and turns
    ['<think>\\boxed{1}</think> \\boxed{2}', '2'],
    ['<think>\\boxed{1}</think> The answer is $2$.', '$2$'],
    ['<think>So \\boxed{1}', '1'],
    ['<think>So \\boxed{1}</think>\n', '1'],
    ['\\boxed{5}<|im_end|>\n<|im_start|>user\nAnd \\boxed{6}?', '5'],
    ['<|im_start|>user\n\\boxed{6}<|im_end|><|im_start|>assistant\n\\boxed{5}<|im_end|>', '5'],
    ['<answer> 12 </answer> \\boxed{3}', '12'],
    // announcements
    [`${talk}The final answer is $\\frac{1}{2}$. (Not $2$.)`, '$\\frac{1}{2}$'],
    [`${talk}**Answer:** $1$\n\nCorrection.\n\n**Answer:** $2$`, '$2$'],
    [`${talk}Final answer is: 11,\\! 111`, '11,\\! 111'],
    [`${talk}The answer is **24.4**.`, '24.4'],
    [`${talk}#### 1,234`, '1,234'],
    [
      `${talk}Final Answer: The largest number of points of $f(x)$ is 19. I hope it is correct.`,
      '19',
    ],
    [`${talk}**Final Answer**\n\n10`, '10'],
    [`${talk}The answer is $1$ and $2$.`, '$1$ and $2$'],
    [`${talk}The answer is $1,000.`, '$1,000'],
    // bare
    ['x<-1 \\text{ or } x>1', 'x<-1 \\text{ or } x>1'],
    ['$69$,$84$', '$69$,$84$'],
    ['9:15 a.m.', '9:15 a.m.'],
    ['Alice and Bob', 'Alice and Bob'],
    ['\\frac{-b\\pm\\sqrt{b^2-4ac}}{2a}', '\\frac{-b\\pm\\sqrt{b^2-4ac}}{2a}'],
    // the last formula or number
    [`${talk}First we get $6$. Corrected, it is $6\\sqrt{3}$`, '6\\sqrt{3}'],
    [`${talk}The solutions are $x = 1$ and $x = 2$.`, 'x = 1, x = 2'],
    [`${talk}Total = 0.15`, '0.15'],
    ['the number is not 10 which is 1,000.99€', '1,000.99€'],
    ['Answer $ \n 9 \n $', undefined],
    ['', undefined],
    [' \n\t', undefined],
  ])('of %j is %j', (response, expected) => {
    expect(extractMathAnswer(response)).toBe(expected)
  })

  it('closes the box of a gold answer that was cut', () => {
    expect(extractGoldAnswer('so \\boxed{W(n) = 1')).toBe('W(n) = 1')
    expect(extractGoldAnswer('\\boxed{1} \\boxed{2')).toBe('1')
  })

  it('reads the end of a text of any length', () => {
    expect(extractMathAnswer(`${'\\boxed{1} words '.repeat(100_000)}\\boxed{2}`)).toBe('2')
    expect(extractMathAnswer(`${'some words. '.repeat(100_000)}The answer is 7.`)).toBe('7')
  })
})
