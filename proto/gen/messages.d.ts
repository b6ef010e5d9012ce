import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace sluice. */
export namespace sluice {

    /**
     * Properties of a LazyDataRequest.
     * @deprecated Use sluice.LazyDataRequest.$Properties instead.
     */
    interface ILazyDataRequest extends sluice.LazyDataRequest.$Properties {
    }

    /** Represents a LazyDataRequest. */
    class LazyDataRequest {

        /**
         * Constructs a new LazyDataRequest.
         * @param [properties] Properties to set
         */
        constructor(properties?: sluice.LazyDataRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LazyDataRequest header. */
        header?: (jina.HeaderProto.$Properties|null);

        /** LazyDataRequest parameters. */
        parameters?: (Uint8Array|null);

        /** LazyDataRequest routes. */
        routes: jina.RouteProto.$Properties[];

        /** LazyDataRequest data. */
        data?: (Uint8Array|null);

        /** LazyDataRequest branches. */
        branches: jina.BranchProto.$Properties[];

        /**
         * Encodes the specified LazyDataRequest message. Does not implicitly {@link sluice.LazyDataRequest.verify|verify} messages.
         * @param message LazyDataRequest message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: sluice.LazyDataRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LazyDataRequest message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {sluice.LazyDataRequest & sluice.LazyDataRequest.$Shape} LazyDataRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluice.LazyDataRequest & sluice.LazyDataRequest.$Shape;
    }

    namespace LazyDataRequest {

        /** Properties of a LazyDataRequest. */
        interface $Properties {

            /** LazyDataRequest header */
            header?: (jina.HeaderProto.$Properties|null);

            /** LazyDataRequest parameters */
            parameters?: (Uint8Array|null);

            /** LazyDataRequest routes */
            routes?: (jina.RouteProto.$Properties[]|null);

            /** LazyDataRequest data */
            data?: (Uint8Array|null);

            /** LazyDataRequest branches */
            branches?: (jina.BranchProto.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LazyDataRequest. */
        type $Shape = sluice.LazyDataRequest.$Properties;
    }

    /**
     * Properties of a LazyDataRequestList.
     * @deprecated Use sluice.LazyDataRequestList.$Properties instead.
     */
    interface ILazyDataRequestList extends sluice.LazyDataRequestList.$Properties {
    }

    /** Represents a LazyDataRequestList. */
    class LazyDataRequestList {

        /**
         * Constructs a new LazyDataRequestList.
         * @param [properties] Properties to set
         */
        constructor(properties?: sluice.LazyDataRequestList.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LazyDataRequestList requests. */
        requests: Uint8Array[];

        /**
         * Encodes the specified LazyDataRequestList message. Does not implicitly {@link sluice.LazyDataRequestList.verify|verify} messages.
         * @param message LazyDataRequestList message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: sluice.LazyDataRequestList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LazyDataRequestList message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {sluice.LazyDataRequestList & sluice.LazyDataRequestList.$Shape} LazyDataRequestList
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluice.LazyDataRequestList & sluice.LazyDataRequestList.$Shape;
    }

    namespace LazyDataRequestList {

        /** Properties of a LazyDataRequestList. */
        interface $Properties {

            /** LazyDataRequestList requests */
            requests?: (Uint8Array[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LazyDataRequestList. */
        type $Shape = sluice.LazyDataRequestList.$Properties;
    }

    /**
     * Properties of a Frame.
     * @deprecated Use sluice.Frame.$Properties instead.
     */
    interface IFrame extends sluice.Frame.$Properties {
    }

    /** Represents a Frame. */
    class Frame {

        /**
         * Constructs a new Frame.
         * @param [properties] Properties to set
         */
        constructor(properties?: sluice.Frame.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Frame version. */
        version?: (number|null);

        /** Frame id. */
        id?: (number|null);

        /** Frame kind. */
        kind?: (sluice.Kind|null);

        /** Frame remainingMs. */
        remainingMs?: (number|null);

        /** Frame attempt. */
        attempt: number;

        /** Frame metadata. */
        metadata: { [k: string]: string };

        /** Frame caller. */
        caller?: (sluice.Caller.$Properties|null);

        /** Frame parts. */
        parts: boolean;

        /** Frame error. */
        error?: (sluice.Error.$Properties|null);

        /** Frame body. */
        body: Uint8Array;

        /**
         * Encodes the specified Frame message. Does not implicitly {@link sluice.Frame.verify|verify} messages.
         * @param message Frame message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: sluice.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Frame message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {sluice.Frame & sluice.Frame.$Shape} Frame
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluice.Frame & sluice.Frame.$Shape;
    }

    namespace Frame {

        /** Properties of a Frame. */
        interface $Properties {

            /** Frame version */
            version?: (number|null);

            /** Frame id */
            id?: (number|null);

            /** Frame kind */
            kind?: (sluice.Kind|null);

            /** Frame remainingMs */
            remainingMs?: (number|null);

            /** Frame attempt */
            attempt?: (number|null);

            /** Frame metadata */
            metadata?: ({ [k: string]: string }|null);

            /** Frame caller */
            caller?: (sluice.Caller.$Properties|null);

            /** Frame parts */
            parts?: (boolean|null);

            /** Frame error */
            error?: (sluice.Error.$Properties|null);

            /** Frame body */
            body?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Frame. */
        type $Shape = sluice.Frame.$Properties;
    }

    /** Kind enum. */
    enum Kind {

        /** REQUEST value */
        REQUEST = 0,

        /** PART value */
        PART = 1,

        /** END value */
        END = 2,

        /** ERROR value */
        ERROR = 3,

        /** CANCEL value */
        CANCEL = 4,

        /** CREDIT value */
        CREDIT = 5,

        /** DRAIN value */
        DRAIN = 6
    }

    /**
     * Properties of a Caller.
     * @deprecated Use sluice.Caller.$Properties instead.
     */
    interface ICaller extends sluice.Caller.$Properties {
    }

    /** Represents a Caller. */
    class Caller {

        /**
         * Constructs a new Caller.
         * @param [properties] Properties to set
         */
        constructor(properties?: sluice.Caller.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Caller id. */
        id: string;

        /** Caller principal. */
        principal?: (string|null);

        /** Caller address. */
        address?: (string|null);

        /**
         * Encodes the specified Caller message. Does not implicitly {@link sluice.Caller.verify|verify} messages.
         * @param message Caller message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: sluice.Caller.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Caller message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {sluice.Caller & sluice.Caller.$Shape} Caller
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluice.Caller & sluice.Caller.$Shape;
    }

    namespace Caller {

        /** Properties of a Caller. */
        interface $Properties {

            /** Caller id */
            id?: (string|null);

            /** Caller principal */
            principal?: (string|null);

            /** Caller address */
            address?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Caller. */
        type $Shape = sluice.Caller.$Properties;
    }

    /**
     * Properties of an Error.
     * @deprecated Use sluice.Error.$Properties instead.
     */
    interface IError extends sluice.Error.$Properties {
    }

    /** Represents an Error. */
    class Error {

        /**
         * Constructs a new Error.
         * @param [properties] Properties to set
         */
        constructor(properties?: sluice.Error.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Error code. */
        code: number;

        /** Error reason. */
        reason: string;

        /** Error executor. */
        executor?: (string|null);

        /** Error endpoint. */
        endpoint?: (string|null);

        /** Error requestId. */
        requestId?: (string|null);

        /** Error hint. */
        hint?: (string|null);

        /** Error retryAfterMs. */
        retryAfterMs?: (number|null);

        /**
         * Encodes the specified Error message. Does not implicitly {@link sluice.Error.verify|verify} messages.
         * @param message Error message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: sluice.Error.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Error message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {sluice.Error & sluice.Error.$Shape} Error
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sluice.Error & sluice.Error.$Shape;
    }

    namespace Error {

        /** Properties of an Error. */
        interface $Properties {

            /** Error code */
            code?: (number|null);

            /** Error reason */
            reason?: (string|null);

            /** Error executor */
            executor?: (string|null);

            /** Error endpoint */
            endpoint?: (string|null);

            /** Error requestId */
            requestId?: (string|null);

            /** Error hint */
            hint?: (string|null);

            /** Error retryAfterMs */
            retryAfterMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Error. */
        type $Shape = sluice.Error.$Properties;
    }
}

/** Namespace jina. */
export namespace jina {

    /**
     * Properties of a RouteProto.
     * @deprecated Use jina.RouteProto.$Properties instead.
     */
    interface IRouteProto extends jina.RouteProto.$Properties {
    }

    /** Represents a RouteProto. */
    class RouteProto {

        /**
         * Constructs a new RouteProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.RouteProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RouteProto executor. */
        executor: string;

        /** RouteProto startTime. */
        startTime?: (google.protobuf.Timestamp.$Properties|null);

        /** RouteProto endTime. */
        endTime?: (google.protobuf.Timestamp.$Properties|null);

        /** RouteProto status. */
        status?: (jina.StatusProto.$Properties|null);

        /**
         * Encodes the specified RouteProto message. Does not implicitly {@link jina.RouteProto.verify|verify} messages.
         * @param message RouteProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.RouteProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RouteProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.RouteProto & jina.RouteProto.$Shape} RouteProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.RouteProto & jina.RouteProto.$Shape;
    }

    namespace RouteProto {

        /** Properties of a RouteProto. */
        interface $Properties {

            /** RouteProto executor */
            executor?: (string|null);

            /** RouteProto startTime */
            startTime?: (google.protobuf.Timestamp.$Properties|null);

            /** RouteProto endTime */
            endTime?: (google.protobuf.Timestamp.$Properties|null);

            /** RouteProto status */
            status?: (jina.StatusProto.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RouteProto. */
        type $Shape = jina.RouteProto.$Properties;
    }

    /**
     * Properties of a JinaInfoProto.
     * @deprecated Use jina.JinaInfoProto.$Properties instead.
     */
    interface IJinaInfoProto extends jina.JinaInfoProto.$Properties {
    }

    /** Represents a JinaInfoProto. */
    class JinaInfoProto {

        /**
         * Constructs a new JinaInfoProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.JinaInfoProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** JinaInfoProto jina. */
        jina: { [k: string]: string };

        /** JinaInfoProto envs. */
        envs: { [k: string]: string };

        /**
         * Encodes the specified JinaInfoProto message. Does not implicitly {@link jina.JinaInfoProto.verify|verify} messages.
         * @param message JinaInfoProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.JinaInfoProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a JinaInfoProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.JinaInfoProto & jina.JinaInfoProto.$Shape} JinaInfoProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.JinaInfoProto & jina.JinaInfoProto.$Shape;
    }

    namespace JinaInfoProto {

        /** Properties of a JinaInfoProto. */
        interface $Properties {

            /** JinaInfoProto jina */
            jina?: ({ [k: string]: string }|null);

            /** JinaInfoProto envs */
            envs?: ({ [k: string]: string }|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a JinaInfoProto. */
        type $Shape = jina.JinaInfoProto.$Properties;
    }

    /**
     * Properties of a HeaderProto.
     * @deprecated Use jina.HeaderProto.$Properties instead.
     */
    interface IHeaderProto extends jina.HeaderProto.$Properties {
    }

    /** Represents a HeaderProto. */
    class HeaderProto {

        /**
         * Constructs a new HeaderProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.HeaderProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** HeaderProto requestId. */
        requestId: string;

        /** HeaderProto status. */
        status?: (jina.StatusProto.$Properties|null);

        /** HeaderProto execEndpoint. */
        execEndpoint?: (string|null);

        /** HeaderProto targetExecutor. */
        targetExecutor?: (string|null);

        /** HeaderProto timeout. */
        timeout?: (number|null);

        /** HeaderProto timeoutMs. */
        timeoutMs?: (number|null);

        /** HeaderProto parts. */
        parts?: (boolean|null);

        /** HeaderProto part. */
        part?: (number|null);

        /** HeaderProto response. */
        response?: (jina.ResponseProto.$Properties|null);

        /**
         * Encodes the specified HeaderProto message. Does not implicitly {@link jina.HeaderProto.verify|verify} messages.
         * @param message HeaderProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.HeaderProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HeaderProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.HeaderProto & jina.HeaderProto.$Shape} HeaderProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.HeaderProto & jina.HeaderProto.$Shape;
    }

    namespace HeaderProto {

        /** Properties of a HeaderProto. */
        interface $Properties {

            /** HeaderProto requestId */
            requestId?: (string|null);

            /** HeaderProto status */
            status?: (jina.StatusProto.$Properties|null);

            /** HeaderProto execEndpoint */
            execEndpoint?: (string|null);

            /** HeaderProto targetExecutor */
            targetExecutor?: (string|null);

            /** HeaderProto timeout */
            timeout?: (number|null);

            /** HeaderProto timeoutMs */
            timeoutMs?: (number|null);

            /** HeaderProto parts */
            parts?: (boolean|null);

            /** HeaderProto part */
            part?: (number|null);

            /** HeaderProto response */
            response?: (jina.ResponseProto.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HeaderProto. */
        type $Shape = jina.HeaderProto.$Properties;
    }

    /**
     * Properties of a ResponseProto.
     * @deprecated Use jina.ResponseProto.$Properties instead.
     */
    interface IResponseProto extends jina.ResponseProto.$Properties {
    }

    /** Represents a ResponseProto. */
    class ResponseProto {

        /**
         * Constructs a new ResponseProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.ResponseProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ResponseProto status. */
        status?: (number|null);

        /** ResponseProto headers. */
        headers: jina.ResponseProto.FieldProto.$Properties[];

        /** ResponseProto retryAfterMs. */
        retryAfterMs?: (number|null);

        /** ResponseProto issues. */
        issues: string;

        /**
         * Encodes the specified ResponseProto message. Does not implicitly {@link jina.ResponseProto.verify|verify} messages.
         * @param message ResponseProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.ResponseProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ResponseProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.ResponseProto & jina.ResponseProto.$Shape} ResponseProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.ResponseProto & jina.ResponseProto.$Shape;
    }

    namespace ResponseProto {

        /** Properties of a ResponseProto. */
        interface $Properties {

            /** ResponseProto status */
            status?: (number|null);

            /** ResponseProto headers */
            headers?: (jina.ResponseProto.FieldProto.$Properties[]|null);

            /** ResponseProto retryAfterMs */
            retryAfterMs?: (number|null);

            /** ResponseProto issues */
            issues?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ResponseProto. */
        type $Shape = jina.ResponseProto.$Properties;

        /**
         * Properties of a FieldProto.
         * @deprecated Use jina.ResponseProto.FieldProto.$Properties instead.
         */
        interface IFieldProto extends jina.ResponseProto.FieldProto.$Properties {
        }

        /** Represents a FieldProto. */
        class FieldProto {

            /**
             * Constructs a new FieldProto.
             * @param [properties] Properties to set
             */
            constructor(properties?: jina.ResponseProto.FieldProto.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FieldProto name. */
            name: string;

            /** FieldProto value. */
            value: string;

            /**
             * Encodes the specified FieldProto message. Does not implicitly {@link jina.ResponseProto.FieldProto.verify|verify} messages.
             * @param message FieldProto message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: jina.ResponseProto.FieldProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FieldProto message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {jina.ResponseProto.FieldProto & jina.ResponseProto.FieldProto.$Shape} FieldProto
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.ResponseProto.FieldProto & jina.ResponseProto.FieldProto.$Shape;
        }

        namespace FieldProto {

            /** Properties of a FieldProto. */
            interface $Properties {

                /** FieldProto name */
                name?: (string|null);

                /** FieldProto value */
                value?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FieldProto. */
            type $Shape = jina.ResponseProto.FieldProto.$Properties;
        }
    }

    /**
     * Properties of an EndpointsProto.
     * @deprecated Use jina.EndpointsProto.$Properties instead.
     */
    interface IEndpointsProto extends jina.EndpointsProto.$Properties {
    }

    /** Represents an EndpointsProto. */
    class EndpointsProto {

        /**
         * Constructs a new EndpointsProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.EndpointsProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** EndpointsProto endpoints. */
        endpoints: string[];

        /**
         * Encodes the specified EndpointsProto message. Does not implicitly {@link jina.EndpointsProto.verify|verify} messages.
         * @param message EndpointsProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.EndpointsProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an EndpointsProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.EndpointsProto & jina.EndpointsProto.$Shape} EndpointsProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.EndpointsProto & jina.EndpointsProto.$Shape;
    }

    namespace EndpointsProto {

        /** Properties of an EndpointsProto. */
        interface $Properties {

            /** EndpointsProto endpoints */
            endpoints?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an EndpointsProto. */
        type $Shape = jina.EndpointsProto.$Properties;
    }

    /**
     * Properties of a StatusProto.
     * @deprecated Use jina.StatusProto.$Properties instead.
     */
    interface IStatusProto extends jina.StatusProto.$Properties {
    }

    /** Represents a StatusProto. */
    class StatusProto {

        /**
         * Constructs a new StatusProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.StatusProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** StatusProto code. */
        code: jina.StatusProto.StatusCode;

        /** StatusProto description. */
        description: string;

        /** StatusProto exception. */
        exception?: (jina.StatusProto.ExceptionProto.$Properties|null);

        /**
         * Encodes the specified StatusProto message. Does not implicitly {@link jina.StatusProto.verify|verify} messages.
         * @param message StatusProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.StatusProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a StatusProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.StatusProto & jina.StatusProto.$Shape} StatusProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.StatusProto & jina.StatusProto.$Shape;
    }

    namespace StatusProto {

        /** Properties of a StatusProto. */
        interface $Properties {

            /** StatusProto code */
            code?: (jina.StatusProto.StatusCode|null);

            /** StatusProto description */
            description?: (string|null);

            /** StatusProto exception */
            exception?: (jina.StatusProto.ExceptionProto.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a StatusProto. */
        type $Shape = jina.StatusProto.$Properties;

        /** StatusCode enum. */
        enum StatusCode {

            /** SUCCESS value */
            SUCCESS = 0,

            /** ERROR value */
            ERROR = 1
        }

        /**
         * Properties of an ExceptionProto.
         * @deprecated Use jina.StatusProto.ExceptionProto.$Properties instead.
         */
        interface IExceptionProto extends jina.StatusProto.ExceptionProto.$Properties {
        }

        /** Represents an ExceptionProto. */
        class ExceptionProto {

            /**
             * Constructs a new ExceptionProto.
             * @param [properties] Properties to set
             */
            constructor(properties?: jina.StatusProto.ExceptionProto.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ExceptionProto name. */
            name: string;

            /** ExceptionProto args. */
            args: string[];

            /** ExceptionProto stacks. */
            stacks: string[];

            /** ExceptionProto executor. */
            executor: string;

            /**
             * Encodes the specified ExceptionProto message. Does not implicitly {@link jina.StatusProto.ExceptionProto.verify|verify} messages.
             * @param message ExceptionProto message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: jina.StatusProto.ExceptionProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ExceptionProto message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {jina.StatusProto.ExceptionProto & jina.StatusProto.ExceptionProto.$Shape} ExceptionProto
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.StatusProto.ExceptionProto & jina.StatusProto.ExceptionProto.$Shape;
        }

        namespace ExceptionProto {

            /** Properties of an ExceptionProto. */
            interface $Properties {

                /** ExceptionProto name */
                name?: (string|null);

                /** ExceptionProto args */
                args?: (string[]|null);

                /** ExceptionProto stacks */
                stacks?: (string[]|null);

                /** ExceptionProto executor */
                executor?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ExceptionProto. */
            type $Shape = jina.StatusProto.ExceptionProto.$Properties;
        }
    }

    /**
     * Properties of a DataRequestProto.
     * @deprecated Use jina.DataRequestProto.$Properties instead.
     */
    interface IDataRequestProto extends jina.DataRequestProto.$Properties {
    }

    /** Represents a DataRequestProto. */
    class DataRequestProto {

        /**
         * Constructs a new DataRequestProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.DataRequestProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DataRequestProto header. */
        header?: (jina.HeaderProto.$Properties|null);

        /** DataRequestProto parameters. */
        parameters?: (google.protobuf.Struct.$Properties|null);

        /** DataRequestProto routes. */
        routes: jina.RouteProto.$Properties[];

        /** DataRequestProto data. */
        data?: (jina.DataRequestProto.DataContentProto.$Properties|null);

        /** DataRequestProto branches. */
        branches: jina.BranchProto.$Properties[];

        /**
         * Encodes the specified DataRequestProto message. Does not implicitly {@link jina.DataRequestProto.verify|verify} messages.
         * @param message DataRequestProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.DataRequestProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DataRequestProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.DataRequestProto & jina.DataRequestProto.$Shape} DataRequestProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.DataRequestProto & jina.DataRequestProto.$Shape;
    }

    namespace DataRequestProto {

        /** Properties of a DataRequestProto. */
        interface $Properties {

            /** DataRequestProto header */
            header?: (jina.HeaderProto.$Properties|null);

            /** DataRequestProto parameters */
            parameters?: (google.protobuf.Struct.$Properties|null);

            /** DataRequestProto routes */
            routes?: (jina.RouteProto.$Properties[]|null);

            /** DataRequestProto data */
            data?: (jina.DataRequestProto.DataContentProto.$Properties|null);

            /** DataRequestProto branches */
            branches?: (jina.BranchProto.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DataRequestProto. */
        type $Shape = {
          header?: jina.HeaderProto.$Shape|null;
          parameters?: google.protobuf.Struct.$Shape|null;
          routes?: jina.RouteProto.$Shape[]|null;
          data?: jina.DataRequestProto.DataContentProto.$Shape|null;
          branches?: jina.BranchProto.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };

        /**
         * Properties of a DataContentProto.
         * @deprecated Use jina.DataRequestProto.DataContentProto.$Properties instead.
         */
        interface IDataContentProto extends jina.DataRequestProto.DataContentProto.$Properties {
        }

        /** Represents a DataContentProto. */
        class DataContentProto {

            /**
             * Constructs a new DataContentProto.
             * @param [properties] Properties to set
             */
            constructor(properties?: jina.DataRequestProto.DataContentProto.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DataContentProto docs. */
            docs?: (docarray.DocumentArrayProto.$Properties|null);

            /** DataContentProto docsBytes. */
            docsBytes?: (Uint8Array|null);

            /** DataContentProto documents. */
            documents?: ("docs"|"docsBytes");

            /**
             * Encodes the specified DataContentProto message. Does not implicitly {@link jina.DataRequestProto.DataContentProto.verify|verify} messages.
             * @param message DataContentProto message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: jina.DataRequestProto.DataContentProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DataContentProto message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {jina.DataRequestProto.DataContentProto & jina.DataRequestProto.DataContentProto.$Shape} DataContentProto
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.DataRequestProto.DataContentProto & jina.DataRequestProto.DataContentProto.$Shape;
        }

        namespace DataContentProto {

            /** Properties of a DataContentProto. */
            interface $Properties {

                /** DataContentProto docs */
                docs?: (docarray.DocumentArrayProto.$Properties|null);

                /** DataContentProto docsBytes */
                docsBytes?: (Uint8Array|null);

                /** DataContentProto documents */
                documents?: ("docs"|"docsBytes");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a DataContentProto. */
            type $Shape = {
              docs?: docarray.DocumentArrayProto.$Shape|null;
              docsBytes?: Uint8Array|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ documents?: undefined; docs?: null; docsBytes?: null }|{ documents?: "docs"; docs: docarray.DocumentArrayProto.$Shape; docsBytes?: null }|{ documents?: "docsBytes"; docs?: null; docsBytes: Uint8Array })
            );
        }
    }

    /**
     * Properties of a BranchProto.
     * @deprecated Use jina.BranchProto.$Properties instead.
     */
    interface IBranchProto extends jina.BranchProto.$Properties {
    }

    /** Represents a BranchProto. */
    class BranchProto {

        /**
         * Constructs a new BranchProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.BranchProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** BranchProto executor. */
        executor: string;

        /** BranchProto count. */
        count?: (number|null);

        /**
         * Encodes the specified BranchProto message. Does not implicitly {@link jina.BranchProto.verify|verify} messages.
         * @param message BranchProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.BranchProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a BranchProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.BranchProto & jina.BranchProto.$Shape} BranchProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.BranchProto & jina.BranchProto.$Shape;
    }

    namespace BranchProto {

        /** Properties of a BranchProto. */
        interface $Properties {

            /** BranchProto executor */
            executor?: (string|null);

            /** BranchProto count */
            count?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a BranchProto. */
        type $Shape = jina.BranchProto.$Properties;
    }

    /**
     * Properties of a DataRequestListProto.
     * @deprecated Use jina.DataRequestListProto.$Properties instead.
     */
    interface IDataRequestListProto extends jina.DataRequestListProto.$Properties {
    }

    /** Represents a DataRequestListProto. */
    class DataRequestListProto {

        /**
         * Constructs a new DataRequestListProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: jina.DataRequestListProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DataRequestListProto requests. */
        requests: jina.DataRequestProto.$Properties[];

        /**
         * Encodes the specified DataRequestListProto message. Does not implicitly {@link jina.DataRequestListProto.verify|verify} messages.
         * @param message DataRequestListProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: jina.DataRequestListProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DataRequestListProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {jina.DataRequestListProto & jina.DataRequestListProto.$Shape} DataRequestListProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): jina.DataRequestListProto & jina.DataRequestListProto.$Shape;
    }

    namespace DataRequestListProto {

        /** Properties of a DataRequestListProto. */
        interface $Properties {

            /** DataRequestListProto requests */
            requests?: (jina.DataRequestProto.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DataRequestListProto. */
        type $Shape = {
          requests?: jina.DataRequestProto.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }
}

/** Namespace google. */
export namespace google {

    /** Namespace protobuf. */
    namespace protobuf {

        /**
         * Properties of an Empty.
         * @deprecated Use google.protobuf.Empty.$Properties instead.
         */
        interface IEmpty extends google.protobuf.Empty.$Properties {
        }

        /** Represents an Empty. */
        class Empty {

            /**
             * Constructs a new Empty.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Empty.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Encodes the specified Empty message. Does not implicitly {@link google.protobuf.Empty.verify|verify} messages.
             * @param message Empty message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Empty.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Empty message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Empty & google.protobuf.Empty.$Shape} Empty
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Empty & google.protobuf.Empty.$Shape;
        }

        namespace Empty {

            /** Properties of an Empty. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Empty. */
            type $Shape = google.protobuf.Empty.$Properties;
        }

        /**
         * Properties of a Struct.
         * @deprecated Use google.protobuf.Struct.$Properties instead.
         */
        interface IStruct extends google.protobuf.Struct.$Properties {
        }

        /** Represents a Struct. */
        class Struct {

            /**
             * Constructs a new Struct.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Struct.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Struct fields. */
            fields: { [k: string]: google.protobuf.Value.$Properties };

            /**
             * Encodes the specified Struct message. Does not implicitly {@link google.protobuf.Struct.verify|verify} messages.
             * @param message Struct message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Struct.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Struct message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Struct & google.protobuf.Struct.$Shape} Struct
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Struct & google.protobuf.Struct.$Shape;
        }

        namespace Struct {

            /** Properties of a Struct. */
            interface $Properties {

                /** Struct fields */
                fields?: ({ [k: string]: google.protobuf.Value.$Properties }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Struct. */
            type $Shape = {
              fields?: { [k: string]: google.protobuf.Value.$Shape }|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Value.
         * @deprecated Use google.protobuf.Value.$Properties instead.
         */
        interface IValue extends google.protobuf.Value.$Properties {
        }

        /** Represents a Value. */
        class Value {

            /**
             * Constructs a new Value.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Value.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Value nullValue. */
            nullValue?: (google.protobuf.NullValue|null);

            /** Value numberValue. */
            numberValue?: (number|null);

            /** Value stringValue. */
            stringValue?: (string|null);

            /** Value boolValue. */
            boolValue?: (boolean|null);

            /** Value structValue. */
            structValue?: (google.protobuf.Struct.$Properties|null);

            /** Value listValue. */
            listValue?: (google.protobuf.ListValue.$Properties|null);

            /** Value kind. */
            kind?: ("nullValue"|"numberValue"|"stringValue"|"boolValue"|"structValue"|"listValue");

            /**
             * Encodes the specified Value message. Does not implicitly {@link google.protobuf.Value.verify|verify} messages.
             * @param message Value message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Value.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Value message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Value & google.protobuf.Value.$Shape} Value
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Value & google.protobuf.Value.$Shape;
        }

        namespace Value {

            /** Properties of a Value. */
            interface $Properties {

                /** Value nullValue */
                nullValue?: (google.protobuf.NullValue|null);

                /** Value numberValue */
                numberValue?: (number|null);

                /** Value stringValue */
                stringValue?: (string|null);

                /** Value boolValue */
                boolValue?: (boolean|null);

                /** Value structValue */
                structValue?: (google.protobuf.Struct.$Properties|null);

                /** Value listValue */
                listValue?: (google.protobuf.ListValue.$Properties|null);

                /** Value kind */
                kind?: ("nullValue"|"numberValue"|"stringValue"|"boolValue"|"structValue"|"listValue");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Value. */
            type $Shape = {
              nullValue?: google.protobuf.NullValue|null;
              numberValue?: number|null;
              stringValue?: string|null;
              boolValue?: boolean|null;
              structValue?: google.protobuf.Struct.$Shape|null;
              listValue?: google.protobuf.ListValue.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; nullValue?: null; numberValue?: null; stringValue?: null; boolValue?: null; structValue?: null; listValue?: null }|{ kind?: "nullValue"; nullValue: google.protobuf.NullValue; numberValue?: null; stringValue?: null; boolValue?: null; structValue?: null; listValue?: null }|{ kind?: "numberValue"; nullValue?: null; numberValue: number; stringValue?: null; boolValue?: null; structValue?: null; listValue?: null }|{ kind?: "stringValue"; nullValue?: null; numberValue?: null; stringValue: string; boolValue?: null; structValue?: null; listValue?: null }|{ kind?: "boolValue"; nullValue?: null; numberValue?: null; stringValue?: null; boolValue: boolean; structValue?: null; listValue?: null }|{ kind?: "structValue"; nullValue?: null; numberValue?: null; stringValue?: null; boolValue?: null; structValue: google.protobuf.Struct.$Shape; listValue?: null }|{ kind?: "listValue"; nullValue?: null; numberValue?: null; stringValue?: null; boolValue?: null; structValue?: null; listValue: google.protobuf.ListValue.$Shape })
            );
        }

        /** NullValue enum. */
        enum NullValue {

            /** NULL_VALUE value */
            NULL_VALUE = 0
        }

        /**
         * Properties of a ListValue.
         * @deprecated Use google.protobuf.ListValue.$Properties instead.
         */
        interface IListValue extends google.protobuf.ListValue.$Properties {
        }

        /** Represents a ListValue. */
        class ListValue {

            /**
             * Constructs a new ListValue.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.ListValue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListValue values. */
            values: google.protobuf.Value.$Properties[];

            /**
             * Encodes the specified ListValue message. Does not implicitly {@link google.protobuf.ListValue.verify|verify} messages.
             * @param message ListValue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.ListValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListValue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.ListValue & google.protobuf.ListValue.$Shape} ListValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.ListValue & google.protobuf.ListValue.$Shape;
        }

        namespace ListValue {

            /** Properties of a ListValue. */
            interface $Properties {

                /** ListValue values */
                values?: (google.protobuf.Value.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListValue. */
            type $Shape = {
              values?: google.protobuf.Value.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Timestamp.
         * @deprecated Use google.protobuf.Timestamp.$Properties instead.
         */
        interface ITimestamp extends google.protobuf.Timestamp.$Properties {
        }

        /** Represents a Timestamp. */
        class Timestamp {

            /**
             * Constructs a new Timestamp.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Timestamp.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Timestamp seconds. */
            seconds: number;

            /** Timestamp nanos. */
            nanos: number;

            /**
             * Encodes the specified Timestamp message. Does not implicitly {@link google.protobuf.Timestamp.verify|verify} messages.
             * @param message Timestamp message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Timestamp.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Timestamp message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape} Timestamp
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
        }

        namespace Timestamp {

            /** Properties of a Timestamp. */
            interface $Properties {

                /** Timestamp seconds */
                seconds?: (number|null);

                /** Timestamp nanos */
                nanos?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Timestamp. */
            type $Shape = google.protobuf.Timestamp.$Properties;
        }
    }
}

/** Namespace docarray. */
export namespace docarray {

    /**
     * Properties of a DenseNdArrayProto.
     * @deprecated Use docarray.DenseNdArrayProto.$Properties instead.
     */
    interface IDenseNdArrayProto extends docarray.DenseNdArrayProto.$Properties {
    }

    /** Represents a DenseNdArrayProto. */
    class DenseNdArrayProto {

        /**
         * Constructs a new DenseNdArrayProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: docarray.DenseNdArrayProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DenseNdArrayProto buffer. */
        buffer: Uint8Array;

        /** DenseNdArrayProto shape. */
        shape: number[];

        /** DenseNdArrayProto dtype. */
        dtype: string;

        /**
         * Encodes the specified DenseNdArrayProto message. Does not implicitly {@link docarray.DenseNdArrayProto.verify|verify} messages.
         * @param message DenseNdArrayProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: docarray.DenseNdArrayProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DenseNdArrayProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {docarray.DenseNdArrayProto & docarray.DenseNdArrayProto.$Shape} DenseNdArrayProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): docarray.DenseNdArrayProto & docarray.DenseNdArrayProto.$Shape;
    }

    namespace DenseNdArrayProto {

        /** Properties of a DenseNdArrayProto. */
        interface $Properties {

            /** DenseNdArrayProto buffer */
            buffer?: (Uint8Array|null);

            /** DenseNdArrayProto shape */
            shape?: (number[]|null);

            /** DenseNdArrayProto dtype */
            dtype?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DenseNdArrayProto. */
        type $Shape = docarray.DenseNdArrayProto.$Properties;
    }

    /**
     * Properties of a SparseNdArrayProto.
     * @deprecated Use docarray.SparseNdArrayProto.$Properties instead.
     */
    interface ISparseNdArrayProto extends docarray.SparseNdArrayProto.$Properties {
    }

    /** Represents a SparseNdArrayProto. */
    class SparseNdArrayProto {

        /**
         * Constructs a new SparseNdArrayProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: docarray.SparseNdArrayProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SparseNdArrayProto indices. */
        indices?: (docarray.DenseNdArrayProto.$Properties|null);

        /** SparseNdArrayProto values. */
        values?: (docarray.DenseNdArrayProto.$Properties|null);

        /** SparseNdArrayProto shape. */
        shape: number[];

        /**
         * Encodes the specified SparseNdArrayProto message. Does not implicitly {@link docarray.SparseNdArrayProto.verify|verify} messages.
         * @param message SparseNdArrayProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: docarray.SparseNdArrayProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SparseNdArrayProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {docarray.SparseNdArrayProto & docarray.SparseNdArrayProto.$Shape} SparseNdArrayProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): docarray.SparseNdArrayProto & docarray.SparseNdArrayProto.$Shape;
    }

    namespace SparseNdArrayProto {

        /** Properties of a SparseNdArrayProto. */
        interface $Properties {

            /** SparseNdArrayProto indices */
            indices?: (docarray.DenseNdArrayProto.$Properties|null);

            /** SparseNdArrayProto values */
            values?: (docarray.DenseNdArrayProto.$Properties|null);

            /** SparseNdArrayProto shape */
            shape?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SparseNdArrayProto. */
        type $Shape = docarray.SparseNdArrayProto.$Properties;
    }

    /**
     * Properties of a NdArrayProto.
     * @deprecated Use docarray.NdArrayProto.$Properties instead.
     */
    interface INdArrayProto extends docarray.NdArrayProto.$Properties {
    }

    /** Represents a NdArrayProto. */
    class NdArrayProto {

        /**
         * Constructs a new NdArrayProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: docarray.NdArrayProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NdArrayProto dense. */
        dense?: (docarray.DenseNdArrayProto.$Properties|null);

        /** NdArrayProto sparse. */
        sparse?: (docarray.SparseNdArrayProto.$Properties|null);

        /** NdArrayProto clsName. */
        clsName: string;

        /** NdArrayProto parameters. */
        parameters?: (google.protobuf.Struct.$Properties|null);

        /** NdArrayProto content. */
        content?: ("dense"|"sparse");

        /**
         * Encodes the specified NdArrayProto message. Does not implicitly {@link docarray.NdArrayProto.verify|verify} messages.
         * @param message NdArrayProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: docarray.NdArrayProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NdArrayProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {docarray.NdArrayProto & docarray.NdArrayProto.$Shape} NdArrayProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): docarray.NdArrayProto & docarray.NdArrayProto.$Shape;
    }

    namespace NdArrayProto {

        /** Properties of a NdArrayProto. */
        interface $Properties {

            /** NdArrayProto dense */
            dense?: (docarray.DenseNdArrayProto.$Properties|null);

            /** NdArrayProto sparse */
            sparse?: (docarray.SparseNdArrayProto.$Properties|null);

            /** NdArrayProto clsName */
            clsName?: (string|null);

            /** NdArrayProto parameters */
            parameters?: (google.protobuf.Struct.$Properties|null);

            /** NdArrayProto content */
            content?: ("dense"|"sparse");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a NdArrayProto. */
        type $Shape = {
          dense?: docarray.DenseNdArrayProto.$Shape|null;
          sparse?: docarray.SparseNdArrayProto.$Shape|null;
          clsName?: string|null;
          parameters?: google.protobuf.Struct.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ content?: undefined; dense?: null; sparse?: null }|{ content?: "dense"; dense: docarray.DenseNdArrayProto.$Shape; sparse?: null }|{ content?: "sparse"; dense?: null; sparse: docarray.SparseNdArrayProto.$Shape })
        );
    }

    /**
     * Properties of a NamedScoreProto.
     * @deprecated Use docarray.NamedScoreProto.$Properties instead.
     */
    interface INamedScoreProto extends docarray.NamedScoreProto.$Properties {
    }

    /** Represents a NamedScoreProto. */
    class NamedScoreProto {

        /**
         * Constructs a new NamedScoreProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: docarray.NamedScoreProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NamedScoreProto value. */
        value: number;

        /** NamedScoreProto opName. */
        opName: string;

        /** NamedScoreProto description. */
        description: string;

        /** NamedScoreProto refId. */
        refId: string;

        /**
         * Encodes the specified NamedScoreProto message. Does not implicitly {@link docarray.NamedScoreProto.verify|verify} messages.
         * @param message NamedScoreProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: docarray.NamedScoreProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NamedScoreProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {docarray.NamedScoreProto & docarray.NamedScoreProto.$Shape} NamedScoreProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): docarray.NamedScoreProto & docarray.NamedScoreProto.$Shape;
    }

    namespace NamedScoreProto {

        /** Properties of a NamedScoreProto. */
        interface $Properties {

            /** NamedScoreProto value */
            value?: (number|null);

            /** NamedScoreProto opName */
            opName?: (string|null);

            /** NamedScoreProto description */
            description?: (string|null);

            /** NamedScoreProto refId */
            refId?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a NamedScoreProto. */
        type $Shape = docarray.NamedScoreProto.$Properties;
    }

    /**
     * Properties of a DocumentProto.
     * @deprecated Use docarray.DocumentProto.$Properties instead.
     */
    interface IDocumentProto extends docarray.DocumentProto.$Properties {
    }

    /** Represents a DocumentProto. */
    class DocumentProto {

        /**
         * Constructs a new DocumentProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: docarray.DocumentProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DocumentProto id. */
        id: string;

        /** DocumentProto blob. */
        blob?: (Uint8Array|null);

        /** DocumentProto tensor. */
        tensor?: (docarray.NdArrayProto.$Properties|null);

        /** DocumentProto text. */
        text?: (string|null);

        /** DocumentProto granularity. */
        granularity: number;

        /** DocumentProto adjacency. */
        adjacency: number;

        /** DocumentProto parentId. */
        parentId: string;

        /** DocumentProto weight. */
        weight: number;

        /** DocumentProto uri. */
        uri: string;

        /** DocumentProto modality. */
        modality: string;

        /** DocumentProto mimeType. */
        mimeType: string;

        /** DocumentProto offset. */
        offset: number;

        /** DocumentProto location. */
        location: number[];

        /** DocumentProto chunks. */
        chunks: docarray.DocumentProto.$Properties[];

        /** DocumentProto matches. */
        matches: docarray.DocumentProto.$Properties[];

        /** DocumentProto embedding. */
        embedding?: (docarray.NdArrayProto.$Properties|null);

        /** DocumentProto tags. */
        tags?: (google.protobuf.Struct.$Properties|null);

        /** DocumentProto scores. */
        scores: { [k: string]: docarray.NamedScoreProto.$Properties };

        /** DocumentProto evaluations. */
        evaluations: { [k: string]: docarray.NamedScoreProto.$Properties };

        /** DocumentProto _metadata. */
        _metadata?: (google.protobuf.Struct.$Properties|null);

        /** DocumentProto content. */
        content?: ("blob"|"tensor"|"text");

        /**
         * Encodes the specified DocumentProto message. Does not implicitly {@link docarray.DocumentProto.verify|verify} messages.
         * @param message DocumentProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: docarray.DocumentProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DocumentProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {docarray.DocumentProto & docarray.DocumentProto.$Shape} DocumentProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): docarray.DocumentProto & docarray.DocumentProto.$Shape;
    }

    namespace DocumentProto {

        /** Properties of a DocumentProto. */
        interface $Properties {

            /** DocumentProto id */
            id?: (string|null);

            /** DocumentProto blob */
            blob?: (Uint8Array|null);

            /** DocumentProto tensor */
            tensor?: (docarray.NdArrayProto.$Properties|null);

            /** DocumentProto text */
            text?: (string|null);

            /** DocumentProto granularity */
            granularity?: (number|null);

            /** DocumentProto adjacency */
            adjacency?: (number|null);

            /** DocumentProto parentId */
            parentId?: (string|null);

            /** DocumentProto weight */
            weight?: (number|null);

            /** DocumentProto uri */
            uri?: (string|null);

            /** DocumentProto modality */
            modality?: (string|null);

            /** DocumentProto mimeType */
            mimeType?: (string|null);

            /** DocumentProto offset */
            offset?: (number|null);

            /** DocumentProto location */
            location?: (number[]|null);

            /** DocumentProto chunks */
            chunks?: (docarray.DocumentProto.$Properties[]|null);

            /** DocumentProto matches */
            matches?: (docarray.DocumentProto.$Properties[]|null);

            /** DocumentProto embedding */
            embedding?: (docarray.NdArrayProto.$Properties|null);

            /** DocumentProto tags */
            tags?: (google.protobuf.Struct.$Properties|null);

            /** DocumentProto scores */
            scores?: ({ [k: string]: docarray.NamedScoreProto.$Properties }|null);

            /** DocumentProto evaluations */
            evaluations?: ({ [k: string]: docarray.NamedScoreProto.$Properties }|null);

            /** DocumentProto _metadata */
            _metadata?: (google.protobuf.Struct.$Properties|null);

            /** DocumentProto content */
            content?: ("blob"|"tensor"|"text");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a DocumentProto. */
        type $Shape = {
          id?: string|null;
          blob?: Uint8Array|null;
          tensor?: docarray.NdArrayProto.$Shape|null;
          text?: string|null;
          granularity?: number|null;
          adjacency?: number|null;
          parentId?: string|null;
          weight?: number|null;
          uri?: string|null;
          modality?: string|null;
          mimeType?: string|null;
          offset?: number|null;
          location?: number[]|null;
          chunks?: docarray.DocumentProto.$Shape[]|null;
          matches?: docarray.DocumentProto.$Shape[]|null;
          embedding?: docarray.NdArrayProto.$Shape|null;
          tags?: google.protobuf.Struct.$Shape|null;
          scores?: { [k: string]: docarray.NamedScoreProto.$Shape }|null;
          evaluations?: { [k: string]: docarray.NamedScoreProto.$Shape }|null;
          _metadata?: google.protobuf.Struct.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ content?: undefined; blob?: null; tensor?: null; text?: null }|{ content?: "blob"; blob: Uint8Array; tensor?: null; text?: null }|{ content?: "tensor"; blob?: null; tensor: docarray.NdArrayProto.$Shape; text?: null }|{ content?: "text"; blob?: null; tensor?: null; text: string })
        );
    }

    /**
     * Properties of a DocumentArrayProto.
     * @deprecated Use docarray.DocumentArrayProto.$Properties instead.
     */
    interface IDocumentArrayProto extends docarray.DocumentArrayProto.$Properties {
    }

    /** Represents a DocumentArrayProto. */
    class DocumentArrayProto {

        /**
         * Constructs a new DocumentArrayProto.
         * @param [properties] Properties to set
         */
        constructor(properties?: docarray.DocumentArrayProto.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DocumentArrayProto docs. */
        docs: docarray.DocumentProto.$Properties[];

        /**
         * Encodes the specified DocumentArrayProto message. Does not implicitly {@link docarray.DocumentArrayProto.verify|verify} messages.
         * @param message DocumentArrayProto message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: docarray.DocumentArrayProto.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DocumentArrayProto message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {docarray.DocumentArrayProto & docarray.DocumentArrayProto.$Shape} DocumentArrayProto
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): docarray.DocumentArrayProto & docarray.DocumentArrayProto.$Shape;
    }

    namespace DocumentArrayProto {

        /** Properties of a DocumentArrayProto. */
        interface $Properties {

            /** DocumentArrayProto docs */
            docs?: (docarray.DocumentProto.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DocumentArrayProto. */
        type $Shape = {
          docs?: docarray.DocumentProto.$Shape[]|null;
          $unknowns?: Uint8Array[];
        };
    }
}
