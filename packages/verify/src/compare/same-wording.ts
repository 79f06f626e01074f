import { clockTime, isWording, labelledChoice, plainWords } from '../text/plain-words.ts'
import type { Equality } from './equality.ts'

/**
 * Compares answers as text: times of day, words, choices. Undefined where text decides nothing and mathematics has to.
 *
 * @param gold as extracted, characters normalised
 */
export function sameWording(gold: string, given: string): Equality | undefined {
  const [goldTime, givenTime] = [clockTime(gold), clockTime(given)]
  if (goldTime && (goldTime.half || givenTime?.half)) {
    return givenTime && goldTime.hours === givenTime.hours && goldTime.minutes === givenTime.minutes && goldTime.half === givenTime.half ? 'text' : 'different'
  }
  if (goldTime && givenTime) return goldTime.hours === givenTime.hours && goldTime.minutes === givenTime.minutes ? 'text' : 'different'
  const words = plainWords(gold)
  if (!words || !isWording(gold, words)) return undefined
  const other = plainWords(given)
  if (other?.words === words.words) return 'text'
  if (/^[a-j]$/.test(words.words) && labelledChoice(given) === words.words) return 'text'
  return undefined
}
