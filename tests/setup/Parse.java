import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xpack.core.ilm.DeleteAction;
import org.elasticsearch.xpack.core.ilm.ForceMergeAction;
import org.elasticsearch.xpack.core.ilm.LifecycleAction;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecycleSettings;
import org.elasticsearch.xpack.core.ilm.LifecycleType;
import org.elasticsearch.xpack.core.ilm.ReadOnlyAction;
import org.elasticsearch.xpack.core.ilm.RolloverAction;
import org.elasticsearch.xpack.core.ilm.SetPriorityAction;
import org.elasticsearch.xpack.core.ilm.ShrinkAction;
import org.elasticsearch.xpack.core.ilm.TimeseriesLifecycleType;
import org.elasticsearch.xpack.core.security.authz.RoleDescriptor;
import org.elasticsearch.xpack.core.slm.SnapshotLifecyclePolicy;

/**
 * Reads lines `kind TAB name TAB json` and answers each with `ok TAB json` (as the server would give it back) or
 * `refused TAB why`, by the parsers of the server itself. For what the server of the tests has no handler for.
 */
public final class Parse {
    private static NamedXContentRegistry.Entry action(
        String name,
        org.elasticsearch.core.CheckedFunction<XContentParser, LifecycleAction, java.io.IOException> parser
    ) {
        return new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(name), parser);
    }

    private static final XContentParserConfiguration CONFIGURATION = XContentParserConfiguration.EMPTY.withRegistry(
        new NamedXContentRegistry(
            List.of(
                new NamedXContentRegistry.Entry(
                    LifecycleType.class,
                    new ParseField(TimeseriesLifecycleType.TYPE),
                    parser -> TimeseriesLifecycleType.INSTANCE
                ),
                action(DeleteAction.NAME, DeleteAction::parse),
                action(ForceMergeAction.NAME, ForceMergeAction::parse),
                action(ReadOnlyAction.NAME, ReadOnlyAction::parse),
                action(RolloverAction.NAME, RolloverAction::parse),
                action(SetPriorityAction.NAME, SetPriorityAction::parse),
                action(ShrinkAction.NAME, ShrinkAction::parse)
            )
        )
    );

    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null;) {
            String[] parts = line.split("\t", 3);
            try {
                System.out.println("ok\t" + parsed(parts[0], parts[1], parts[2]));
            } catch (Exception refused) {
                System.out.println("refused\t" + String.valueOf(rooted(refused)).replaceAll("\\s+", " "));
            }
        }
    }

    private static String parsed(String kind, String name, String json) throws Exception {
        return switch (kind) {
            case "ilm" -> Strings.toString(policy(name, json));
            case "slm" -> snapshots(name, json);
            case "role" -> Strings.toString(
                RoleDescriptor.parserBuilder().allowDescription(true).build().parse(name, new BytesArray(json), XContentType.JSON)
            );
            case "settings" -> settings(json);
            default -> throw new IllegalArgumentException("no such kind: " + kind);
        };
    }

    private static LifecyclePolicy policy(String name, String json) throws Exception {
        try (XContentParser parser = XContentType.JSON.xContent().createParser(CONFIGURATION, json)) {
            LifecyclePolicy policy = LifecyclePolicy.parse(parser, name);
            policy.toSteps(null, null); // finds phases and actions that don't go together
            return policy;
        }
    }

    private static String snapshots(String name, String json) throws Exception {
        try (XContentParser parser = XContentType.JSON.xContent().createParser(CONFIGURATION, json)) {
            SnapshotLifecyclePolicy policy = SnapshotLifecyclePolicy.parse(parser, name);
            var complaint = policy.validate();
            if (complaint != null) {
                throw complaint;
            }
            return Strings.toString(policy);
        }
    }

    private static String settings(String json) {
        Set<Setting<?>> known = new HashSet<>(IndexScopedSettings.BUILT_IN_INDEX_SETTINGS);
        known.add(LifecycleSettings.LIFECYCLE_NAME_SETTING);
        Settings settings = Settings.builder().loadFromSource(json, XContentType.JSON).normalizePrefix("index.").build();
        new IndexScopedSettings(Settings.EMPTY, known).validate(settings, true);
        return Strings.toString(settings);
    }

    private static Throwable rooted(Throwable thrown) {
        return thrown.getCause() == null ? thrown : rooted(thrown.getCause());
    }
}
