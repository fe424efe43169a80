// A certified OpenID provider (npm oidc-provider) on loopback, for tests.
// Takes its settings as one JSON argument; says "ready <issuer>" when it listens.
import http from "node:http";
import process from "node:process";

const settings = {
  port: 0,
  accessTokenLife: 3600,
  deviceCodeLife: 600,
  interval: null, // oidc-provider tells none: RFC 8628 then says 5 seconds
  clockAhead: 0,
  claimedIssuer: null,
  ...JSON.parse(process.argv[2] ?? "{}"),
};

const now = Date.now;
Date.now = () => now() + settings.clockAhead * 1000;
console.info = console.warn = () => {}; // oidc-provider's words about development keys

const { default: Provider } = await import("oidc-provider");

const asked = [];
let failures = 0;

const server = http.createServer();
server.listen(settings.port, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const answer = makeProvider(issuer).callback();
  server.on("request", (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === "/test/asked") {
      response.end(JSON.stringify(asked));
    } else if (url.pathname === "/test/fail") {
      failures = Number(url.searchParams.get("times"));
      response.end();
    } else if (failures > 0 && url.pathname === "/token") {
      failures -= 1;
      response.writeHead(503, { "Content-Type": "text/html" }).end("<h1>down</h1>");
    } else {
      asked.push([request.method, url.pathname, request.headers.authorization !== undefined]);
      answer(request, response);
    }
  });
  console.log(`ready ${issuer}`);
});

function makeProvider(issuer) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "modos",
        client_name: "modos_widgets",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        response_types: [],
        redirect_uris: [],
      },
    ],
    cookies: { keys: ["only a test"] },
    claims: { profile: ["name", "preferred_username"], permissions: ["permissions"] },
    scopes: ["openid", "offline_access", "profile", "permissions"],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
    extraTokenClaims: (_, token) => ({ name: `${token.accountId} of the tests` }),
    rotateRefreshToken: () => true,
    clientBasedCORS: () => false,
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:modos",
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "profile permissions",
          audience: "modos",
          accessTokenTTL: settings.accessTokenLife,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    ttl: {
      AccessToken: settings.accessTokenLife,
      DeviceCode: settings.deviceCodeLife,
      Grant: 7200,
      Interaction: 600,
      RefreshToken: 7200,
      Session: 7200,
    },
  });
  provider.use(async (context, next) => {
    await next();
    if (settings.interval !== null && context.body?.device_code) {
      context.body.interval = settings.interval;
    }
    if (settings.claimedIssuer && context.body?.issuer) {
      context.body = { ...context.body, issuer: settings.claimedIssuer };
    }
  });
  return provider;
}
