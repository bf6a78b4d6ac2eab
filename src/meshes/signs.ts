/** What is seen without asking anybody. */
export interface PassiveSigns {
  /** Those that meshes set, by name; others are not kept. */
  readonly variables: ReadonlyMap<string, string>;
  /** TCP ports on which something listens in this network namespace; `undefined`: the system does not say. */
  readonly listening: ReadonlySet<number> | undefined;
  /** Names in the hosts file that point into 127.255.0.0/16: ECS Service Connect's. */
  readonly serviceConnectNames: readonly string[];
  readonly host: ThisHost;
}

export interface ThisHost {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A GET on 127.0.0.1. */
export interface Question {
  readonly port: number;
  readonly path: string;
}

/** What something on loopback answered. Held while it is judged, and never printed: it may contain anything. */
export interface Answer {
  readonly status: number;
  /** `server` and `x-powered-by`, lower case; empty where there is none. */
  readonly server: string;
  readonly poweredBy: string;
  readonly body: string;
}

export interface Signs extends PassiveSigns {
  /** Undefined where nothing answered in time. */
  answerTo(question: Question): Answer | undefined;
}

export function isListening({ listening }: PassiveSigns, port: number): boolean {
  return listening?.has(port) === true;
}

/** JSON, or `undefined` for anything else. */
export function jsonIn(answer: Answer | undefined): unknown {
  if (answer?.status !== 200) return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}
