import { isIcrlError, type Message, type Renderer, type Tool } from '@icrl/core'
import { conversation, type Conversation } from '@icrl/rollout'
import type { CallReply, CallRequest } from './dialects/dialect.ts'
import { assistantMessage, continuationOf, sorted } from './same-history.ts'

/**
 * A stretch of an agent's conversation that only grew: its first prompt, and everything that was
 * sampled and shown after it, as ids. It is what one sample is made of.
 */
export interface Segment {
  /** 0-based, in the order in which segments began. */
  readonly index: number
  /** Tools that the model was told of. */
  readonly tools: readonly Tool[]
  /** What the client has said and been told, as it sees it. */
  readonly history: readonly Message[]
  /** Its ids, prompt and sampled ones. */
  readonly conversation: Conversation
  /** Messages of the opening as the client sent them, without guidance. */
  readonly opening: readonly Message[]
  /** What the model said in it. */
  readonly turns: readonly SegmentTurn[]
}

/** One turn of a segment, as a critic reads it. */
export interface SegmentTurn {
  /** What was said, decoded. */
  readonly text: string
  /** What the assistant was told after it. */
  readonly told: readonly Message[]
  /** The weights that sampled it. */
  readonly version: string
  /** Where its tokens begin in the segment's response. */
  readonly from: number
  /** Why it ended: by itself, or at its limit. */
  readonly finish: 'stop' | 'length'
}

/** Where a call goes: on in a segment, or into a new one. */
export interface Placement {
  readonly segment: Segment
  /** True if the call begins the segment. */
  readonly isNew: boolean
  /** True if the client sent a history that is none of the session's. */
  readonly isDivergent: boolean
  /** Appends what was answered; the call's place in the segment is free again. */
  answered(reply: CallReply & { readonly version: string; readonly text: string }): void
  /** Undoes the placement of a call that failed. */
  failed(): void
}

interface OpenSegment extends Segment {
  history: Message[]
  turns: SegmentTurn[]
  conversation: Conversation
  isBusy: boolean
}

/** The segments of one session. */
export interface Segments {
  readonly all: readonly Segment[]
  place(request: Pick<CallRequest, 'messages' | 'tools'>): Placement
}

/**
 * Grows conversations by ids. A call continues a segment only if the segment's whole history is the
 * beginning of what it sends, with the same tools: then the ids grow by what is new. Otherwise a new
 * segment begins, rendered from what the client sent: nothing that was sampled is ever put under
 * another prefix with its old log-probabilities.
 *
 * @param dressed the messages as the model sees them, such as with guidance
 */
export function segments(
  renderer: Renderer,
  dressed: (messages: readonly Message[]) => readonly Message[],
): Segments {
  const all: OpenSegment[] = []
  return {
    all,
    place({ messages, tools }) {
      const found = longest(all, messages, tools)
      if (found) {
        const { segment, rest } = found
        const undo = { history: segment.history, turns: segment.turns }
        if (heard(segment, rest)) {
          segment.isBusy = true
          return placement(segment, undo, false, false)
        }
      }
      const opening = [...messages]
      const segment: OpenSegment = {
        index: all.length,
        tools,
        history: opening,
        opening,
        turns: [],
        conversation: conversation(renderer, dressed(opening), { tools }),
        isBusy: true,
      }
      all.push(segment)
      const isDivergent = messages.some(({ role }) => role === 'assistant')
      return placement(segment, { history: opening, turns: [] }, true, isDivergent)
    },
  }
}

/** The free segment with the longest history that the messages continue. */
function longest(
  all: readonly OpenSegment[],
  messages: readonly Message[],
  tools: readonly Tool[],
): { readonly segment: OpenSegment; readonly rest: readonly Message[] } | undefined {
  const wanted = JSON.stringify(sorted(tools))
  return all
    .filter((segment) => !segment.isBusy && JSON.stringify(sorted(segment.tools)) === wanted)
    .flatMap((segment) => {
      const rest = continuationOf(segment.history, messages)
      return rest && segment.turns.length > 0 ? [{ segment, rest }] : []
    })
    .sort((a, b) => b.segment.history.length - a.segment.history.length)[0]
}

/** Appends what the assistant is told; false if the template cannot continue with it. */
function heard(segment: OpenSegment, rest: readonly Message[]): boolean {
  try {
    segment.conversation.heard(...rest)
  } catch (error) {
    if (isIcrlError(error, 'unsupported')) return false
    throw error
  }
  const last = segment.turns.at(-1)!
  segment.turns = [...segment.turns.slice(0, -1), { ...last, told: rest }]
  segment.history = [...segment.history, ...rest]
  return true
}

function placement(
  segment: OpenSegment,
  undo: { readonly history: Message[]; readonly turns: SegmentTurn[] },
  isNew: boolean,
  isDivergent: boolean,
): Placement {
  return {
    segment,
    isNew,
    isDivergent,
    answered({ parts, tokens, logprobs, finish, stopString, version, text }) {
      // A stop string does not close a turn: what follows has to.
      const closed = stopString === undefined ? finish : 'length'
      const from = segment.conversation.response().response.length
      segment.conversation.said({ text, parts, tokens, logprobs, finish: closed })
      segment.history = [...segment.history, assistantMessage(parts)]
      segment.turns = [...segment.turns, { text, told: [], version, from, finish }]
      segment.isBusy = false
    },
    failed() {
      // The ids have grown by what was heard, so nothing continues this segment any more.
      segment.history = undo.history
      segment.turns = undo.turns
    },
  }
}
