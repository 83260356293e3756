import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.KeyGenerator;

/** Prints the AES keys of 128 and 256 bits that the published sample derives from a key value. */
public class Sha1Prng {
    public static void main(String[] arguments) throws Exception {
        for (int bits : new int[] {128, 256}) {
            SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
            random.setSeed(arguments[0].getBytes(StandardCharsets.UTF_8));
            KeyGenerator generator = KeyGenerator.getInstance("AES");
            generator.init(bits, random);
            System.out.println(HexFormat.of().formatHex(generator.generateKey().getEncoded()));
        }
    }
}
