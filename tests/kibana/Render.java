import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.MustacheException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonStringEncoder;

/**
 * Reads lines of JSON `{"template", "json", "values"}` and answers each with what the Mustache engine of Elasticsearch makes
 * of it, in base64: values are read as the server reads an answer, and escaped as it escapes them inside JSON.
 */
public final class Render {
    public static void main(String[] arguments) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null;) {
            Map<String, Object> asked = XContentHelper.convertToMap(XContentType.JSON.xContent(), line, false);
            var rendered = new StringWriter();
            new Engine((Boolean) asked.get("json"))
                .compile(new StringReader((String) asked.get("template")), "watch")
                .execute(rendered, values(asked));
            System.out.println(Base64.getEncoder().encodeToString(rendered.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> values(Map<String, Object> asked) {
        var values = new HashMap<>((Map<String, Object>) asked.get("values"));
        values.put("url", (Function<String, String>) text -> URLEncoder.encode(text, StandardCharsets.UTF_8));
        return values;
    }

    private static final class Engine extends DefaultMustacheFactory {
        private final boolean json;

        Engine(boolean json) {
            this.json = json;
        }

        @Override
        public void encode(String value, Writer writer) {
            try {
                if (json) {
                    writer.write(JsonStringEncoder.getInstance().quoteAsString(value));
                } else {
                    writer.write(value);
                }
            } catch (IOException impossible) {
                throw new MustacheException(impossible);
            }
        }
    }
}
