/** The six task types of ALFWorld. */
export const householdTasks = [
  'pick_and_place_simple',
  'look_at_obj_in_light',
  'pick_clean_then_place_in_recep',
  'pick_heat_then_place_in_recep',
  'pick_cool_then_place_in_recep',
  'pick_two_obj_and_place',
] as const

/** One of ALFWorld's task types. */
export type HouseholdTask = (typeof householdTasks)[number]

/** A place things can lie in or on. */
export interface WorldReceptacle {
  /** As the simulator writes it: `Cabinet|-01.50|+00.90|+02.10`. */
  readonly id: string
  /** `Cabinet`. */
  readonly type: string
  /** Receptacles with the same location are reached together. */
  readonly location: string
  readonly openable?: boolean
  readonly open?: boolean
  /** As the game names it: "cabinet 3". */
  readonly name?: string
}

/** A thing that can be named, and where it is. */
export interface WorldObject {
  readonly id: string
  readonly type: string
  /** Receptacle it lies in, if any. */
  readonly in?: string
  /** Where it stands if it lies in no receptacle. */
  readonly location?: string
  /** Object (a bowl, a box) it lies in. */
  readonly inside?: string
  readonly pickupable?: boolean
  /** Whether things can lie in it. */
  readonly holder?: boolean
  readonly cleanable?: boolean
  readonly heatable?: boolean
  readonly coolable?: boolean
  readonly sliceable?: boolean
  readonly toggleable?: boolean
  readonly clean?: boolean
  readonly hot?: boolean
  readonly cool?: boolean
  readonly name?: string | null
}

/** What the task asks for. */
export interface HouseholdGoal {
  readonly type: HouseholdTask
  /** Type of the thing wanted: `Mug`. */
  readonly object: string
  /** Where it has to go, except in `look_at_obj_in_light`. */
  readonly receptacle?: string
  /** The lamp, in `look_at_obj_in_light`. */
  readonly toggle?: string
  /** Which of the two sentences states the task. */
  readonly template: 0 | 1
}

/** A world without its PDDL. */
export interface HouseholdWorld {
  readonly name: string
  readonly task: HouseholdGoal
  /** Where the player starts. */
  readonly agent: string
  readonly receptacles: readonly WorldReceptacle[]
  readonly objects: readonly WorldObject[]
  readonly room?: string
  readonly size?: string
}
