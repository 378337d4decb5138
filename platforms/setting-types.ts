import { z } from "zod";
import { AddressError, parseCidr } from "../network";

/** A host name, without scheme, port or path. */
export const host = z
    .string()
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "expected a host name, without scheme, port or path")
    .meta({ example: "api.example.org" });

/** A block of addresses. */
export const cidr = z
    .string()
    .superRefine((text, context) => {
        try {
            parseCidr(text);
        } catch (error) {
            if (!(error instanceof AddressError)) throw error;
            context.addIssue({ code: "custom", message: error.message });
        }
    })
    .meta({ example: "203.0.113.7/32" });

/** An image with a tag or a digest. */
export const image = z
    .string()
    .regex(/^[^\s:@]+(\/[^\s:@]+|:[0-9]+\/[^\s:@]+)*(:[^\s:@]+)?(@sha256:[0-9a-f]{64})?$/, "expected an image")
    .regex(/(:[^/]+|@sha256:.+)$/, "expected an image with a tag or a digest: the latest is another every day")
    .meta({ example: "registry.example.org/api:v1.4.6" });

export const replicas = z.int("expected a number of pods").min(1).max(50).meta({ example: "2" });

export const quantity = z
    .string("expected a quantity such as 15Gi")
    .regex(/^[1-9][0-9]*(Mi|Gi|Ti)$/, "expected a quantity such as 15Gi")
    .meta({ example: "15Gi" });

export const days = z.int("expected a number of days").min(1).meta({ example: "30" });

export const storageClass = z.string().min(1).meta({ example: "csi-cinder-high-speed" }).optional();
