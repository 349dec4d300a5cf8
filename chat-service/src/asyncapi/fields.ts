import type { StreamEventName } from '@carillon/protocol';
import { dataSchema } from './document.ts';

interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  description?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
}

/** A field of an event's data, as documents show it. */
export interface Field {
  path: string;
  type: string;
  required: boolean;
  description: string;
}

/** All fields of an event's data, those of objects within by their path. */
export function fieldsOf(name: StreamEventName): Field[] {
  return fields(dataSchema(name) as Schema);
}

function fields(schema: Schema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const field = {
      path,
      type: typeOf(property),
      required: schema.required?.includes(name) ?? false,
      description: property.description ?? '',
    };
    const of = property.additionalProperties;
    return [
      field,
      ...fields(property, `${path}.`),
      ...(property.items ? fields(property.items, `${path}[].`) : []),
      ...(typeof of === 'object' ? fields(of, `${path}.{channel}.`) : []),
    ];
  });
}

function typeOf({ type, enum: values, format, items, additionalProperties, ...rest }: Schema): string {
  if ('const' in rest) return JSON.stringify(rest.const);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(', ');
  if (items !== undefined) return `array of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return `${typeOf(additionalProperties)} by channel`;
  return format === 'date-time' ? 'time (RFC 3339)' : (type ?? 'any');
}
