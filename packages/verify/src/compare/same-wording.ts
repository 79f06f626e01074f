import type { Conventions } from '../conventions.ts'
import { namedAnswer } from '../syntax/named-answers.ts'
import { hasNumberMeaning } from '../syntax/read-answer.ts'
import { calendarDate, sameDate } from '../text/date.ts'
import {
  clockTime,
  isWording,
  plainWords,
  type ClockTime,
  type PlainWords,
} from '../text/plain-words.ts'
import type { Equality } from './equality.ts'

/**
 * Compares answers as text: times of day, words, choices. Undefined where text decides nothing and
 * mathematics has to.
 *
 * @param gold as extracted, characters normalized
 */
export function sameWording(
  gold: string,
  given: string,
  conventions: Conventions,
): Equality | undefined {
  const time = sameTime(gold, given, conventions)
  if (time) return time
  const [date, otherDate] = [calendarDate(gold), calendarDate(given)]
  if (date && otherDate) return sameDate(date, otherDate) ? 'text' : 'different'
  // 5 April is not five Aprils
  if ((date && /^[\d.,]+$/.test(given)) || (otherDate && /^[\d.,]+$/.test(gold))) return 'different'
  const [words, other] = [plainWords(gold), plainWords(given)]
  if (!conventions.setsInWords && namesSet(words) !== namesSet(other)) return 'different'
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

/** Times of day; of 24 hours where one has no half of the day and could not have: 21:15. */
function sameTime(
  gold: string,
  given: string,
  { clockOf24Hours }: Conventions,
): Equality | undefined {
  const [goldTime, givenTime] = [clockTime(gold), clockTime(given)]
  if (!goldTime) return undefined
  if (goldTime.half && goldTime.minutes === 0 && given === String(goldTime.hours)) return 'text'
  if (!givenTime) return goldTime.half ? 'different' : undefined
  const [minutes, others] = [minutesOfDay(goldTime), minutesOfDay(givenTime)]
  const sameFace = goldTime.hours === givenTime.hours && goldTime.minutes === givenTime.minutes
  const same =
    minutes === undefined || others === undefined || !clockOf24Hours
      ? sameFace && goldTime.half === givenTime.half
      : minutes === others
  return same ? 'text' : 'different'
}

function minutesOfDay({ hours, minutes, half }: ClockTime): number | undefined {
  if (half === undefined) return hours > 12 || hours === 0 ? (hours % 24) * 60 + minutes : undefined
  return ((hours % 12) + (half === 'pm' ? 12 : 0)) * 60 + minutes
}

/** "no solution", "all real numbers" */
function namesSet(words: PlainWords | undefined): boolean {
  return words !== undefined && namedAnswer(words.words) !== undefined
}

/** Words that no formula can stand for. */
function isProse(words: string): boolean {
  return /^[a-z]{3,}(?:,? [a-z]{3,})*$/.test(words) && !hasNumberMeaning(words)
}
