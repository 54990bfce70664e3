import co.elastic.clients.elasticsearch.cluster.PutComponentTemplateRequest;
import co.elastic.clients.elasticsearch.ilm.PutLifecycleRequest;
import co.elastic.clients.elasticsearch.indices.PutDataLifecycleRequest;
import co.elastic.clients.elasticsearch.indices.PutIndexTemplateRequest;
import co.elastic.clients.elasticsearch.security.PutRoleRequest;
import co.elastic.clients.elasticsearch.slm.PutLifecycleRequest.Builder;
import co.elastic.clients.elasticsearch.snapshot.CreateRepositoryRequest;
import co.elastic.clients.elasticsearch.watcher.PutWatchRequest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;

/**
 * Reads lines `kind TAB name TAB json` and answers each with `ok TAB the request` or `refused TAB why`, by the types that
 * Elastic generates for its Java client from the specification of the API: unknown and missing fields are refused.
 */
public final class Specification {
    public static void main(String[] arguments) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null;) {
            String[] parts = line.split("\t", 3);
            try {
                System.out.println("ok\t" + request(parts[0], parts[1], new StringReader(parts[2])));
            } catch (Exception refused) {
                System.out.println("refused\t" + refused.getMessage().replaceAll("\\s+", " "));
            }
        }
    }

    private static Object request(String kind, String name, StringReader json) {
        return switch (kind) {
            case "ILM policy" -> PutLifecycleRequest.of(it -> it.name(name).withJson(json));
            case "component template" -> PutComponentTemplateRequest.of(it -> it.name(name).withJson(json));
            case "index template" -> PutIndexTemplateRequest.of(it -> it.name(name).withJson(json));
            case "role" -> PutRoleRequest.of(it -> it.name(name).withJson(json));
            case "snapshot repository" -> CreateRepositoryRequest.of(it -> it.name(name).withJson(json));
            case "snapshot policy" -> new Builder().policyId(name).withJson(json).build();
            case "watch" -> PutWatchRequest.of(it -> it.id(name).withJson(json));
            case "retention" -> PutDataLifecycleRequest.of(it -> it.name(name).withJson(json));
            default -> throw new IllegalArgumentException("no such kind: " + kind);
        };
    }
}
