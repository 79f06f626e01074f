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
  /** Whether it can be opened. */
  readonly openable?: boolean
  /** Whether it is open at the start. */
  readonly open?: boolean
  /** As the game names it: "cabinet 3". */
  readonly name?: string
}

/** A thing that can be named, and where it is. */
export interface WorldObject {
  /** Unlike that of any other object. */
  readonly id: string
  /** What kind of object it is. */
  readonly type: string
  /** Receptacle it lies in, if any. */
  readonly in?: string
  /** Where it stands if it lies in no receptacle. */
  readonly location?: string
  /** Object (a bowl, a box) it lies in. */
  readonly inside?: string
  /** Whether it can be taken. */
  readonly pickupable?: boolean
  /** Whether things can lie in it. */
  readonly holder?: boolean
  /** Whether it can be cleaned. */
  readonly cleanable?: boolean
  /** Whether it can be heated. */
  readonly heatable?: boolean
  /** Whether it can be cooled. */
  readonly coolable?: boolean
  /** Whether it can be sliced. */
  readonly sliceable?: boolean
  /** Whether it can be turned on. */
  readonly toggleable?: boolean
  /** Whether it is clean at the start. */
  readonly clean?: boolean
  /** Whether it is hot at the start. */
  readonly hot?: boolean
  /** Whether it is cool at the start. */
  readonly cool?: boolean
  /** By which actions call it. */
  readonly name?: string | null
}

/** What the task asks for. */
export interface HouseholdGoal {
  /** What kind of task it is. */
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
  /** Of the world. */
  readonly name: string
  /** What must be done. */
  readonly task: HouseholdGoal
  /** Where the player starts. */
  readonly agent: string
  /** Where objects can be. */
  readonly receptacles: readonly WorldReceptacle[]
  /** What can be taken. */
  readonly objects: readonly WorldObject[]
  /** What kind of room it is. */
  readonly room?: string
  /** How large it is. */
  readonly size?: string
}
