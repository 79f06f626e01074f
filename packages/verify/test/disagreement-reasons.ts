/**
 * Why a verdict of ours differs from one in the data, by the case's id (`math_pairs`: by the kind
 * of pair).
 */
export const REASONS: Readonly<Record<string, string>> = {
  // math_pairs, truth open: Math-Verify's strict verdict is the reference
  tuple_bare:
    'Math-Verify takes `4, 1, 4, 0` as a set and loses the second 4; the other bare lists of this kind it accepts for their tuples, and so do we.',
  set_duplicate:
    'A bare list says how often each item stands in it: 1, 1, 2 is neither 1, 2, 2 nor 1, 2. Math-Verify takes lists as sets.',
  box_or_box: 'The same: two alternatives and one of them again make three items.',
  radians: 'A multiple of π without a unit is an angle in radians: 30° is π/6.',
  union_word: 'Intervals joined by "or" are their union.',
  vector_as_tuple: 'A column and a tuple of the same components are one vector.',
  dollar_missing:
    'A `$` that never closes opens a formula of unknown end, so there is no answer; Math-Verify finds some of these by its search for bare numbers and fractions.',
  control_chars:
    'Null characters around an answer are dropped; Math-Verify accepts two answers of this kind and loses the third.',
  unicode_digits:
    'Digits of double width are the digits themselves, as Chinese and Japanese text has them. Math-Verify does not find them.',
  hand: 'Of eight, seven are notations that we take as one: ∅ and "no solution", ℝ and "all real numbers", [0, 1[ and [0, 1), 60° and π/3, ⟨…⟩, (…) and a column. The other: `0.272727272727` for 0.27 repeating: a decimal of six places or more, rightly rounded, counts for the number it rounds, as it does where Math-Verify accepts it for a fraction.',
  // math_verify_cases
  'test_all.py::test_complex_math_expressions[7]':
    '0.33 for 1/3 in a matrix. A value rounded to fewer digits than it has is wrong, in a matrix as outside; Math-Verify says so outside.',
  'test_yujianll.py::test_string_extraction[9]':
    '1 + 1/e for 1 − 1/e: the case records a fault of Math-Verify.',
  // math_grader_reference: the verdict is of the original text, the prediction given is its last
  // box alone
  'math_verify:test_all.py::test_math_extraction_additional_cases[27]':
    'The gold answer is 2. The pair gives `1,2`: two answers, one of them wrong.',
  'math_verify:test_open_thoughts.py::test_open_thoughts[12]':
    'The original boxes both points; the pair keeps the last one, and one of two solutions is wrong. With the original text: accepted.',
  'math_verify:test_open_thoughts.py::test_open_thoughts[13]': 'The same: the last of two points.',
  'math_verify:test_open_thoughts.py::test_open_thoughts[18]':
    'The original boxes 1, 2 and 3; the pair keeps the 3. With the original text: accepted.',
  'math_verify:test_open_thoughts.py::test_open_thoughts[23]':
    'The original boxes both powers; the pair keeps the last one. With the original text: accepted.',
}

/**
 * The format rule of another project's scorer that decides a unit case against the mathematics, by
 * function and response.
 */
export const FORMAT_RULES: readonly (readonly [fn: RegExp, response: RegExp, rule: string])[] = [
  [
    /grade_answer_sympy/,
    /frac\{2\}\{4\}/,
    'Two fractions must be the same text: `grade_answer_sympy` wants reduced ones. (`grade_answer_verl`, of which it is a part, is what `lenient` adds; it accepts what strict accepts anyway.)',
  ],
  [
    /grade_answer_verl/,
    /^just 42$/,
    'Only a box counts. Here the last number of a response without one does.',
  ],
  [
    /deepscaler/,
    /^\\boxed\{42\}$/,
    'A response without `</think>` has not finished and is refused.',
  ],
  [/strict_box/, /plain 42/, 'Only a box counts.'],
  [/minerva/, /just a number 42/, 'Only `Answer: …` counts.'],
  [/compute_score\(strict_box/, /filler/, 'Only a box in the last 100 characters counts.'],
  [
    /aime/,
    /0\.5/,
    'The answer must be the same text after normalizing; 0.5 is not \\frac{1}{2} there.',
  ],
  [/aime/, /forty-two/, 'The same: words are no numbers there.'],
  [
    /aime/,
    /im_end/,
    'The end-of-turn token must be whole; here only whole ones cut a response, and the box is read.',
  ],
  [/aime/, /eot_id/, 'The same.'],
]
