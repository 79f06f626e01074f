import { hasNumberMeaning } from '../syntax/read-answer.ts'
import { clockTime, isWording, plainWords } from '../text/plain-words.ts'
import type { Equality } from './equality.ts'

/**
 * Compares answers as text: times of day, words, choices. Undefined where text decides nothing and
 * mathematics has to.
 *
 * @param gold as extracted, characters normalized
 */
export function sameWording(gold: string, given: string): Equality | undefined {
  const [goldTime, givenTime] = [clockTime(gold), clockTime(given)]
  if (goldTime?.half && goldTime.minutes === 0 && given === String(goldTime.hours)) return 'text'
  if (goldTime && (goldTime.half || givenTime?.half)) {
    return givenTime &&
      goldTime.hours === givenTime.hours &&
      goldTime.minutes === givenTime.minutes &&
      goldTime.half === givenTime.half
      ? 'text'
      : 'different'
  }
  if (goldTime && givenTime)
    return goldTime.hours === givenTime.hours && goldTime.minutes === givenTime.minutes
      ? 'text'
      : 'different'
  const [words, other] = [plainWords(gold), plainWords(given)]
  if (!words) return undefined
  if (
    words.words === other?.words &&
    (isWording(gold, words) || (words.words.length > 1 && isWording(given, other)))
  )
    return 'text'
  if (!isWording(gold, words)) return undefined
  return /\\(?:text|mbox)/.test(gold) && isProse(words.words) && (!other || isProse(other.words))
    ? 'different'
    : undefined
}

/** Words that no formula can stand for. */
function isProse(words: string): boolean {
  return /^[a-z]{3,}(?:,? [a-z]{3,})*$/.test(words) && !hasNumberMeaning(words)
}
