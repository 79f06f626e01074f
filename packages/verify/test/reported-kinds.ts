import type { Phrasing } from './phrasings.ts'

/**
 * Kinds of answers that users of comparable checkers reported as judged wrongly, and near misses of
 * each: another sign, factor, unit, bound, order, option.
 */
export const REPORTED_KINDS: Readonly<Record<string, readonly Phrasing[]>> = {
  conditions: [
    [
      '4',
      [
        '\\boxed{4 \\text{ for all } n \\ge 2}',
        '\\boxed{4 \\text{ since } 2+2=4}',
        '\\boxed{4, \\text{ where } a \\text{ is any integer}}',
        '\\boxed{4 \\text{ when } t = 3}',
      ],
      [
        '\\boxed{4 \\text{ if it rains, } 5 \\text{ if it does not}}',
        '\\boxed{5 \\text{ if it rains, } 4 \\text{ if it does not}}',
        '\\boxed{4 \\text{ if true; otherwise } 9}',
        '\\boxed{4 \\text{ given } a<0; 6 \\text{ otherwise}}',
        '\\boxed{4 \\text{ for } k=1, 5 \\text{ for } k=2}',
        '\\boxed{4 \\text{ with remainder } 3}',
        '\\boxed{4 \\text{ with probability } 2/3}',
        '\\boxed{4 \\text{ unless } n = 3}',
        '\\boxed{4 \\text{ when } a = 1 \\text{ and } 7 \\text{ when } a = 2}',
        '\\boxed{4 \\text{ assuming it is, else } 8}',
        '\\boxed{4 \\text{ provided } x>1 \\text{, or } 3}',
        'The answer is 4 if we include both ends, or 6 if we do not.',
        'The answer is 6 if we include both ends, or 4 if we do not.',
        'Final answer: 6 when it is sunny, otherwise 4.',
      ],
    ],
    [
      '3n \\text{ if } n \\text{ even}, n-1 \\text{ if } n \\text{ odd}',
      [
        '\\boxed{n-1 \\text{ if } n \\text{ is odd}, 3n \\text{ if } n \\text{ is even}}',
        '\\boxed{3n \\text{ if } n \\text{ is even}, n-1 \\text{ otherwise}}',
        '\\boxed{\\begin{cases} 3n & n \\text{ even} \\\\ n-1 & n \\text{ odd} \\end{cases}}',
      ],
      [
        '\\boxed{3n \\text{ if } n \\text{ odd}, n-1 \\text{ if } n \\text{ even}}',
        '\\boxed{3n \\text{ if } n \\text{ even}, n+1 \\text{ if } n \\text{ odd}}',
        '\\boxed{3n}',
        '\\boxed{n-1}',
        '\\boxed{3n, n-1}',
      ],
    ],
    [
      'y = 4 \\text{ when } x = 2',
      ['\\boxed{y = 4 \\text{ when } x = 2}', '\\boxed{y=4}', '\\boxed{y = 4 \\text{ if } x=2}'],
      ['\\boxed{y = 4 \\text{ when } x = 5}', '\\boxed{y = 2 \\text{ when } x = 4}'],
    ],
    [
      'k > 3 \\text{ with } k \\text{ odd}',
      ['\\boxed{k>3 \\text{ with } k \\text{ odd}}'],
      ['\\boxed{k>3 \\text{ with } k \\text{ even}}', '\\boxed{k<3 \\text{ with } k \\text{ odd}}'],
    ],
    [
      '12 \\text{ if } m \\text{ is odd}',
      ['\\boxed{12 \\text{ if } m \\text{ is odd}}'],
      ['\\boxed{12 \\text{ if } m \\text{ is even}}', '\\boxed{11 \\text{ if } m \\text{ is odd}}'],
    ],
  ],
  'lists of options': [
    [
      'B',
      ['\\boxed{\\text{B) 12}}', '\\boxed{(B)}', '\\boxed{B.}', '\\boxed{\\text{Option B}}'],
      [
        '\\boxed{(A) (B) (C) (D)}',
        '\\boxed{(B) (C)}',
        '\\boxed{\\text{B) C) D)}}',
        '\\boxed{\\text{B. C. D. E.}}',
        '\\boxed{\\text{B) is wrong, C) is right}}',
        '\\boxed{\\text{B) is not correct}}',
        '\\boxed{\\text{(B) or (D)}}',
        '\\boxed{\\text{B, C}}',
        '\\boxed{B: 3 C: 4}',
      ],
    ],
  ],
  'choices with their text': [
    [
      'D',
      [
        '\\boxed{D - The mitral valve}',
        '\\boxed{D – mitral valve}',
        '\\boxed{\\text{Option D: The mitral valve}}',
        '\\boxed{\\text{D: mitral valve}}',
        '\\boxed{\\textbf{(D) } 17}',
      ],
      ['\\boxed{A - The mitral valve}', '\\boxed{\\text{Option A: D}}', '\\boxed{D - 5}'],
    ],
    [
      '(B) 36',
      [
        '\\boxed{B}',
        '\\boxed{36}',
        '\\boxed{(B)}',
        '\\boxed{\\textbf{(B)}\\ 36}',
        'The answer is B.',
      ],
      ['\\boxed{C}', '\\boxed{63}', '\\boxed{(C) 36}', '\\boxed{(B) 63}', '\\boxed{-36}'],
    ],
    [
      '\\textbf{(E)}\\ \\frac{3}{8}',
      ['\\boxed{E}', '\\boxed{0.375}', '\\boxed{\\frac{3}{8}}', '\\boxed{\\text{(E)}}'],
      ['\\boxed{A}', '\\boxed{\\frac{8}{3}}'],
    ],
    ['C. Rome', ['\\boxed{\\text{Rome}}', '\\boxed{C}'], ['\\boxed{\\text{Milan}}', '\\boxed{B}']],
  ],
  moduli: [
    [
      'x \\equiv 4 \\pmod{9}',
      [
        '\\boxed{x \\equiv 4 \\pmod{9}}',
        '\\boxed{x \\equiv 4 \\ (\\text{mod } 9)}',
        '\\boxed{x \\equiv 4 \\text{ (mod } 9)}',
        '\\boxed{x \\equiv 4 (\\bmod\\ 9)}',
        '\\boxed{x \\equiv 4 \\mod 9}',
        '\\boxed{x ≡ 4 (mod 9)}',
        '\\boxed{x \\equiv 13 \\pmod 9}',
        '\\boxed{x \\equiv -5 \\pmod 9}',
        '\\boxed{4}',
      ],
      [
        '\\boxed{x \\equiv 4 \\pmod{3}}',
        '\\boxed{x \\equiv 4 \\mod 18}',
        '\\boxed{x \\equiv 5 \\pmod{9}}',
        '\\boxed{x \\equiv -4 \\pmod{9}}',
        '\\boxed{y \\equiv 4 \\pmod{9}}',
      ],
    ],
    [
      'n \\equiv 2, 5 \\pmod{7}',
      [
        '\\boxed{n \\equiv 5, 2 \\pmod 7}',
        '\\boxed{n \\equiv 2 \\pmod 7 \\text{ or } n \\equiv 5 \\pmod 7}',
      ],
      [
        '\\boxed{n \\equiv 2, 5 \\pmod{14}}',
        '\\boxed{n \\equiv 2, 6 \\pmod 7}',
        '\\boxed{n \\equiv 2 \\pmod 7}',
      ],
    ],
    [
      '2',
      ['\\boxed{17 \\bmod 5}', '\\boxed{2 \\pmod{5}}'],
      ['\\boxed{18 \\bmod 5}', '\\boxed{3 \\pmod 5}'],
    ],
  ],
  multiplicity: [
    [
      '2, 2, 7',
      ['\\boxed{2, 7, 2}', '\\boxed{2,2,7}'],
      ['\\boxed{2, 7, 7}', '\\boxed{2, 7}', '\\boxed{2,2,2,7}'],
    ],
    ['-1, -1, 4, 4, 4', ['\\boxed{4,4,4,-1,-1}'], ['\\boxed{-1,-1,-1,4,4}', '\\boxed{-1,4}']],
    [
      'x_1=1, x_2=1, x_3=5',
      ['\\boxed{x_1=1,x_2=1,x_3=5}', '\\boxed{1, 1, 5}'],
      ['\\boxed{x_1=1,x_2=5,x_3=5}'],
    ],
    ['\\text{B, B, C}', ['\\boxed{\\text{B, B, C}}'], ['\\boxed{\\text{B, C, C}}']],
    ['0.25', ['\\boxed{1/4 \\text{ or } 0.25}'], []],
  ],
  'signs and factors in words': [
    [
      '-6',
      [
        'So the balance is minus 6 dollars.',
        'The temperature dropped to negative 6.',
        '\\boxed{\\text{negative six}}',
        '\\boxed{\\text{minus six}}',
        '\\boxed{\\text{negative } 6}',
        '\\boxed{\\text{minus } 6}',
        'The answer is minus six.',
      ],
      ['The temperature is 6.', '\\boxed{\\text{six}}', 'The charge is minus 7 coulomb.'],
    ],
    [
      '6',
      ['\\boxed{\\text{six}}', 'We take 10 minus 4 is 6.'],
      [
        'The temperature is minus 6.',
        'It went down to minus 6.',
        'The charge is negative 6 coulomb.',
        '\\boxed{\\text{minus six}}',
        '\\boxed{6 \\text{ dozen}}',
        '\\boxed{6 \\text{ squared}}',
        '\\boxed{6 \\text{ cubed}}',
        '\\boxed{6 \\text{ hundredths}}',
        '\\boxed{6 \\text{ tenths}}',
        '\\boxed{6 \\text{ thousand}}',
        '\\boxed{6 \\text{ times } 2}',
        '\\boxed{6 \\text{ plus } 1}',
        '\\boxed{\\text{twice } 6}',
      ],
    ],
    [
      '36',
      ['\\boxed{6 \\text{ squared}}', '\\boxed{3 \\text{ dozen}}', '\\boxed{4 \\text{ times } 9}'],
      [],
    ],
  ],
}
