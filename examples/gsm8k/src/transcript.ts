import type { Outcome, SessionResult, TranscriptEntry } from '@icrl/core'
import type { Problem } from './read-problems.ts'

/**
 * A step's sessions as Markdown, question by question: what was asked, tried, advised and tried
 * again.
 */
export function stepTranscript(
  step: number,
  sessions: readonly SessionResult[],
  problems: readonly Problem[],
): string {
  const asked = problems.filter(({ id }) => sessions.some(({ task }) => task === id))
  const parts = asked.map(({ id, question, answer }) => {
    const own = sessions.filter(({ task }) => task === id)
    return [
      `## ${id}`,
      quote(question),
      `Answer: **${answer}**`,
      ...own.map(sessionTranscript),
    ].join('\n\n')
  })
  return `${[`# Step ${step + 1}`, ...parts].join('\n\n')}\n\n`
}

/** One session as Markdown. */
export function sessionTranscript({
  session,
  transcript,
  outcomes,
  failure,
}: SessionResult): string {
  const entries = transcript.map(
    (entry) => `**${titleOf(entry, outcomes)}**\n\n${quote(entry.text)}`,
  )
  return [
    `### Session ${session + 1}`,
    ...entries,
    ...(failure ? [`Failed: ${failure.reason}`] : []),
  ].join('\n\n')
}

function titleOf({ role, round }: TranscriptEntry, outcomes: readonly Outcome[]): string {
  if (role === 'critic') return 'Critique'
  return `${round === 1 ? 'Attempt' : 'Guided attempt'}, ${outcomes[round - 1].success ? 'right' : 'wrong'}`
}

function quote(text: string): string {
  return (text.trim() || '(nothing)').replace(/^/gm, '> ')
}
